#!/usr/bin/env bash
# Types, tests, and the example's synthesis from a real release in build/package. Needs npm; says so where there is none.
set -eu
cd "$(dirname "$0")"
if ! command -v npm >/dev/null; then
  echo "SKIPPED: the CDK construct is not checked, for this machine has no npm"
  exit 0
fi
npm ci --no-audit --no-fund --silent
npm test --silent
rm -rf cdk.out
RELEASE=../../build/package BUCKET=my-bucket node dist/example.js
grep -q '"AWS::CloudFormation::Stack"' cdk.out/network.template.json
echo "The CDK example is synthesised: integrations/cdk/cdk.out/network.template.json"
