// Makes the credential provider that an account profile names, and no other: the SDK's default chain is never used, and
// variables come from the host, not from the process. The only import site of @aws-sdk/credential-providers.
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AwsAccount, CredentialSource, Environment } from './account.js';
import { runCredentialCommand } from './credential-command.js';
import type { AwsCredentials, CredentialProvider } from './provided.js';

type Source<Name extends CredentialSource['source']> = Extract<CredentialSource, { source: Name }>;

/** Makes a provider that resolves nothing before it is called. What it throws tells for certain that no request was sent. */
export function credentialsOf(account: AwsAccount, environment: Environment): CredentialProvider {
  const { credentials } = account;
  switch (credentials.source) {
    case 'profile':
    case 'sso':
    case 'role':
    case 'web-identity':
      return fromSdk(credentials, account, environment);
    case 'environment':
      return async () => fromVariables(environment);
    case 'command':
      return () => runCredentialCommand(credentials.command, environment);
  }
}

function fromSdk(
  credentials: Source<'profile' | 'sso' | 'role' | 'web-identity'>,
  account: AwsAccount,
  environment: Environment,
): CredentialProvider {
  let made: Promise<CredentialProvider> | undefined;
  return async (options) => {
    made ??= makeSdkProvider(credentials, account, environment);
    return (await made)(options);
  };
}

async function makeSdkProvider(
  credentials: Source<'profile' | 'sso' | 'role' | 'web-identity'>,
  { region, endpoints }: AwsAccount,
  environment: Environment,
): Promise<CredentialProvider> {
  const sdk = await import('@aws-sdk/credential-providers');
  const files = { ...sharedFiles(environment), ignoreCache: true };
  const clientConfig = { region, ...(endpoints.sts !== undefined && { endpoint: endpoints.sts }) };
  switch (credentials.source) {
    case 'profile':
      return sdk.fromIni({ ...files, profile: credentials.profile });
    case 'sso':
      return sdk.fromSSO({ ...files, profile: credentials.profile });
    case 'role':
      return sdk.fromTemporaryCredentials({
        masterCredentials: sdk.fromIni({ ...files, profile: credentials.profile }),
        params: {
          RoleArn: credentials.roleArn,
          RoleSessionName: SESSION_NAME,
          ...(credentials.externalId !== undefined && { ExternalId: credentials.externalId }),
        },
        clientConfig,
      });
    case 'web-identity':
      return sdk.fromTokenFile({
        webIdentityTokenFile: required(credentials.tokenFile, environment, 'AWS_WEB_IDENTITY_TOKEN_FILE'),
        roleArn: required(credentials.roleArn, environment, 'AWS_ROLE_ARN'),
        roleSessionName: SESSION_NAME,
        clientConfig,
      });
  }
}

/** How we appear in the account's audit trail. */
const SESSION_NAME = 'agentdispatch';

function sharedFiles(environment: Environment): { filepath: string; configFilepath: string } {
  const folder = join(environment['HOME'] ?? environment['USERPROFILE'] ?? homedir(), '.aws');
  return {
    filepath: environment['AWS_SHARED_CREDENTIALS_FILE'] ?? join(folder, 'credentials'),
    configFilepath: environment['AWS_CONFIG_FILE'] ?? join(folder, 'config'),
  };
}

function fromVariables(environment: Environment): AwsCredentials {
  const sessionToken = environment['AWS_SESSION_TOKEN'];
  return {
    accessKeyId: required(undefined, environment, 'AWS_ACCESS_KEY_ID'),
    secretAccessKey: required(undefined, environment, 'AWS_SECRET_ACCESS_KEY'),
    ...(sessionToken !== undefined && { sessionToken }),
  };
}

function required(given: string | undefined, environment: Environment, variable: string): string {
  const value = given ?? environment[variable];
  if (value === undefined || value === '') throw new Error(`The environment variable ${variable} is not set.`);
  return value;
}
