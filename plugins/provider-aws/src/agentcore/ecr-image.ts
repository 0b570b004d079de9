// The address of a container image in Amazon ECR. Pure.

export interface EcrImage {
  readonly account: string;
  readonly region: string;
  /** `amazonaws.com`, or that of China. */
  readonly domain: string;
  readonly repository: string;
  /** By digest where it is given, else by tag. */
  readonly id: { readonly imageTag: string } | { readonly imageDigest: string };
}

const ADDRESS =
  /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?)\/([^:@]+)(?::([^@]+))?(?:@(sha256:[0-9a-f]{64}))?$/;

/** Undefined: it is no image of ECR. */
export function readEcrImage(address: string): EcrImage | undefined {
  const [, account, region, domain, repository, tag = 'latest', digest] = ADDRESS.exec(address) ?? [];
  if (account === undefined || region === undefined || domain === undefined || repository === undefined)
    return undefined;
  return {
    account,
    region,
    domain,
    repository,
    id: digest === undefined ? { imageTag: tag } : { imageDigest: digest },
  };
}
