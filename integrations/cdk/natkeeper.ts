import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnStack, Stack, Token } from 'aws-cdk-lib';
import { IVpc, SubnetSelection, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

export interface NatkeeperProps {
  /** The folder that `make package` wrote: build/package. Its files must lie in `bucket` under natkeeper/. */
  readonly release: string;

  /** The bucket with the release, in the region of this stack. */
  readonly bucket: IBucket;

  /** A VPC to serve. Without it natkeeper makes one. */
  readonly vpc?: IVpc;

  /** The subnets that get a way out. Default: the VPC's isolated ones, whose tables have no default route yet. */
  readonly privateSubnets?: SubnetSelection;

  /** Everything else, by the names of docs/parameters.md. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** Lambda's limit for a function's name, less the longest that the template adds to the name of its stack. */
const LONGEST_STACK_NAME = 64 - '-reconcile'.length;
/** What CloudFormation adds to the name of a nested stack: two hyphens and a random part. */
const NESTED = 2 + 13;

/** natkeeper's own template, unchanged, as a nested stack. */
export class Natkeeper extends Construct {
  private readonly stack: CfnStack;

  constructor(scope: Construct, id: string, props: NatkeeperProps) {
    super(scope, id);
    const file = templateFile(props.release);
    const parameters = { ...(props.vpc ? served(props.vpc, props.privateSubnets) : {}), ...props.parameters };
    refuseUnknown(parameters, join(props.release, file));
    this.stack = new CfnStack(this, 'Nat', {
      templateUrl: props.bucket.urlForObject(`natkeeper/${file}`),
      parameters: { ...parameters, AssetBucket: props.bucket.bucketName },
    });
    // Short, so that the nested stack's name leaves room for the functions' names.
    const logicalId = id.replace(/[^A-Za-z0-9]/g, '');
    this.stack.overrideLogicalId(logicalId);
    refuseLongName(Stack.of(this).stackName, logicalId);
  }

  /** An output of the template, such as EgressAddress1. It must be one that the parameters bring about. */
  public output(name: string): string {
    return this.stack.getAtt(`Outputs.${name}`).toString();
  }
}

function templateFile(release: string): string {
  const files = readdirSync(release).filter((name) => /^natkeeper-[0-9].*\.json$/.test(name));
  const [only] = files;
  if (only === undefined || files.length > 1) {
    throw new Error(`${release} should hold one natkeeper-<version>.json, and holds ${files.length}: run make package`);
  }
  return only;
}

function served(vpc: IVpc, selection?: SubnetSelection): Record<string, string> {
  const hosts = vpc.selectSubnets(selection ?? { subnetType: SubnetType.PRIVATE_ISOLATED }).subnets;
  const nodes = vpc.selectSubnets({ subnetType: SubnetType.PUBLIC, onePerAz: true }).subnets;
  return {
    NetworkMode: 'existing',
    ExistingVpcId: vpc.vpcId,
    ExistingPublicSubnetIds: nodes.map((subnet) => subnet.subnetId).join(','),
    ExistingPrivateRouteTableIds: [...new Set(hosts.map((subnet) => subnet.routeTable.routeTableId))].join(','),
    PrivateCidrs: vpc.vpcCidrBlock,
  };
}

function refuseUnknown(given: Readonly<Record<string, string>>, path: string): void {
  const known = Object.keys(JSON.parse(readFileSync(path, 'utf8')).Parameters);
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(`natkeeper has no parameter ${unknown.join(', ')}: it has ${known.join(', ')}`);
  }
}

function refuseLongName(parent: string, logicalId: string): void {
  const over = parent.length + logicalId.length + NESTED - LONGEST_STACK_NAME;
  if (!Token.isUnresolved(parent) && over > 0) {
    throw new Error(`${parent}-${logicalId} is too long for the names of natkeeper's functions: shorten it by ${over}`);
  }
}
