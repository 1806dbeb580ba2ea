import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { example } from './example.js';
import { Natkeeper } from './natkeeper.js';

/** The names of this checkout's own parameters. */
const TEMPLATE = readFileSync(join(__dirname, '../../../template.yaml'), 'utf8');
const PARAMETERS = [...TEMPLATE.split('\nParameters:\n')[1]!.split('\nRules:\n')[0]!.matchAll(/^  (\w+):/gm)].map(
  ([, name]) => name!,
);

function release(): string {
  const folder = mkdtempSync(join(tmpdir(), 'natkeeper-'));
  const parameters = Object.fromEntries(PARAMETERS.map((name) => [name, { Type: 'String' }]));
  writeFileSync(join(folder, 'natkeeper-1.2.3.json'), JSON.stringify({ Parameters: parameters }));
  writeFileSync(join(folder, 'natkeeper-fleet-1.2.3.json'), '{}');
  return folder;
}

function nested(stack: Stack): any {
  const [only] = Object.values(Template.fromStack(stack).findResources('AWS::CloudFormation::Stack'));
  return only!.Properties;
}

function bucket(stack: Stack) {
  return Bucket.fromBucketName(stack, 'Release', 'my-bucket');
}

test('the example serves each isolated subnet of its VPC by the release in the bucket', () => {
  const { Parameters: given, TemplateURL: url } = nested(example(release(), 'my-bucket'));

  assert.equal(given.NetworkMode, 'existing');
  assert.equal(given.AssetBucket, 'my-bucket');
  assert.match(JSON.stringify(url), /my-bucket.*natkeeper\/natkeeper-1\.2\.3\.json/);
  assert.equal(given.ExistingPublicSubnetIds['Fn::Join'][1].filter((part: any) => part.Ref).length, 2);
  assert.equal(given.ExistingPrivateRouteTableIds['Fn::Join'][1].filter((part: any) => part.Ref).length, 2);
});

test('the example makes no NAT gateway and no default route of its own in the private tables', () => {
  const made = Template.fromStack(example(release(), 'my-bucket'));

  made.resourceCountIs('AWS::EC2::NatGateway', 0);
  made.resourceCountIs('AWS::EC2::Route', 2); // of the public subnets
});

test('without a VPC natkeeper makes one', () => {
  const stack = new Stack(new App(), 'network');
  new Natkeeper(stack, 'Nat', { release: release(), bucket: bucket(stack), parameters: { ZoneCount: '1' } });

  assert.deepEqual(nested(stack).Parameters, { ZoneCount: '1', AssetBucket: 'my-bucket' });
});

test('a parameter that the template does not have is refused with those that it has', () => {
  const stack = new Stack(new App(), 'network');
  const given = { release: release(), bucket: bucket(stack), parameters: { ZoneCuont: '1' } };

  assert.throws(() => new Natkeeper(stack, 'Nat', given), /no parameter ZoneCuont: it has .*ZoneCount/);
});

test('a name that leaves no room for the functions names is refused before anything is deployed', () => {
  const stack = new Stack(new App(), 'a-network-with-a-very-long-name-indeed');
  const given = { release: release(), bucket: bucket(stack) };

  assert.throws(() => new Natkeeper(stack, 'Nat', given), /too long .* shorten it by 2/);
});

test('a folder without a release is refused', () => {
  const stack = new Stack(new App(), 'network');
  const given = { release: mkdtempSync(join(tmpdir(), 'natkeeper-')), bucket: bucket(stack) };

  assert.throws(() => new Natkeeper(stack, 'Nat', given), /holds 0: run make package/);
});
