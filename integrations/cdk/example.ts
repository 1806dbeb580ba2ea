// A VPC of two zones without NAT gateways, whose isolated subnets get their way out from natkeeper.
//   RELEASE=../../build/package BUCKET=my-bucket node dist/example.js     writes cdk.out
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Natkeeper } from './natkeeper.js';

export function example(release: string, bucket: string, outdir?: string): Stack {
  const stack = new Stack(new App({ outdir }), 'network');
  const vpc = new Vpc(stack, 'Vpc', {
    maxAzs: 2,
    natGateways: 0,
    subnetConfiguration: [
      { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 24 },
      { name: 'private', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
    ],
  });
  const nat = new Natkeeper(stack, 'Nat', {
    release,
    bucket: Bucket.fromBucketName(stack, 'Release', bucket),
    vpc,
    parameters: { NotificationEmail: 'me@example.com', Dashboard: 'false' },
  });
  new CfnOutput(stack, 'EgressAddress', { value: nat.output('EgressAddress1') });
  return stack;
}

if (process.env.RELEASE && process.env.BUCKET) {
  const app = example(process.env.RELEASE, process.env.BUCKET, 'cdk.out').node.root as App;
  app.synth();
}
