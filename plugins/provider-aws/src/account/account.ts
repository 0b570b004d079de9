// An AWS account profile as this provider sees it: settings with their defaults, and the addresses they lead to.
import type { AccountProfile } from '@agent-dispatch/core/provider';

/** Where credentials come from. The host has checked it against the manifest's schema. */
export type CredentialSource =
  | { source: 'profile' | 'sso'; profile: string }
  | { source: 'role'; profile: string; roleArn: string; externalId?: string }
  | { source: 'web-identity'; roleArn?: string; tokenFile?: string }
  | { source: 'environment' }
  | { source: 'command'; command: readonly string[] };

const VARIABLES = {
  data: 'AWS_ENDPOINT_URL_BEDROCK_AGENTCORE',
  control: 'AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL',
  sts: 'AWS_ENDPOINT_URL_STS',
  ecr: 'AWS_ENDPOINT_URL_ECR',
  iam: 'AWS_ENDPOINT_URL_IAM',
} as const;

/** What is called, by the names that endpoints have. */
type Service = keyof typeof VARIABLES;

export interface AwsAccount {
  readonly name: string;
  readonly region: string;
  readonly credentials: CredentialSource;
  readonly expectedAccountId?: string;
  /** How often each operation of the control plane may be called. */
  readonly controlCallsPerSecond: number;
  readonly endpoints: Readonly<Partial<Record<Service, string>>>;
}

/** Environment variables as the host hands them over; never the process's own. */
export type Environment = Readonly<Record<string, string>>;

type Settings = Partial<Omit<AwsAccount, 'name'>> & { region: string };

/** The quota that AWS documents for the slowest of them. */
const CONTROL_CALLS_PER_SECOND = 5;

const DEFAULT_CREDENTIALS: CredentialSource = { source: 'profile', profile: 'default' };

/** As the manifest has it for the profile's own endpoints, which the host has checked. */
const ENDPOINT = /^(https:\/\/[^/?#@]+|http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?)(\/[^?#]*)?$/;

/**
 * @param environment named endpoints count where the profile gives none.
 * Throws for one that would have tasks and session tokens sent in the clear.
 */
export function readAccount({ name, settings }: AccountProfile, environment: Environment = {}): AwsAccount {
  const {
    region,
    credentials,
    expectedAccountId,
    endpoints,
    controlCallsPerSecond = CONTROL_CALLS_PER_SECOND,
  } = settings as unknown as Settings;
  return {
    name,
    region,
    credentials: credentials ?? DEFAULT_CREDENTIALS,
    expectedAccountId,
    controlCallsPerSecond,
    endpoints: Object.fromEntries(
      Object.entries(VARIABLES).map(([service, variable]) => [
        service,
        endpoints?.[service as Service] ?? endpointIn(environment, variable),
      ]),
    ),
  };
}

function endpointIn(environment: Environment, variable: string): string | undefined {
  const endpoint = environment[variable] || undefined;
  if (endpoint === undefined || ENDPOINT.test(endpoint)) return endpoint;
  throw new Error(`The address in ${variable} is neither https nor http on this machine, or holds a user.`);
}

/** What a person does to make the account's credentials work again. */
export function renewalOf({ name, credentials }: AwsAccount): string {
  switch (credentials.source) {
    case 'profile':
      return `Renew the AWS profile ${credentials.profile} (\`aws sso login --profile ${credentials.profile}\` if it signs in through IAM Identity Center), or name another one in credentials.profile of account ${name}.`;
    case 'sso':
      return `Run \`aws sso login --profile ${credentials.profile}\`, then try again.`;
    case 'role':
      return `Check that AWS profile ${credentials.profile} has valid credentials and may assume ${credentials.roleArn}.`;
    case 'web-identity':
      return `Check the token file and the trust of the role of account ${name}, or give both in its credentials.`;
    case 'environment':
      return `Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN for temporary ones) where the dispatcher is started, then restart it.`;
    case 'command':
      return `Run the command in credentials.command of account ${name} by hand: it must print credentials in the format of credential_process.`;
  }
}
