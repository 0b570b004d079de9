import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { readAccount } from './account.js';
import { credentialsOf } from './credentials.js';

const ROLE = 'arn:aws:iam::444455556666:role/dispatch';

let folder: string;
let server: Server;
let seen: { form: Record<string, string>; authorization: string | undefined }[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'provider-aws-'));
  seen = [];
  // What the Security Token Service answers to both ways of assuming a role.
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const form = Object.fromEntries(new URLSearchParams(body));
      seen.push({ form, authorization: request.headers.authorization });
      const credentials =
        '<Credentials><AccessKeyId>ROLEKEY</AccessKeyId><SecretAccessKey>role-not-a-secret</SecretAccessKey>' +
        '<SessionToken>role-token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>';
      const action = form['Action'] ?? '';
      response.setHeader('content-type', 'text/xml');
      response.end(`<${action}Response><${action}Result>${credentials}</${action}Result></${action}Response>`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
});

async function resolved(credentials: unknown, environment: Record<string, string>) {
  const endpoints = { sts: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const settings = { region: 'eu-west-1', endpoints, credentials };
  const account = readAccount({ name: 'dev', provider: 'aws', settings });
  return credentialsOf(account, environment)();
}

it('a role is assumed with the credentials of the named profile, in the region of the account', async () => {
  const file = join(folder, 'credentials');
  await writeFile(file, '[base]\naws_access_key_id = BASEKEY\naws_secret_access_key = base-not-a-secret\n');
  const credentials = { source: 'role', profile: 'base', roleArn: ROLE, externalId: 'ours-42' };
  const environment = { AWS_SHARED_CREDENTIALS_FILE: file, AWS_CONFIG_FILE: join(folder, 'config') };
  await expect(resolved(credentials, environment)).resolves.toMatchObject({ accessKeyId: 'ROLEKEY' });
  expect(seen).toMatchObject([
    {
      form: { Action: 'AssumeRole', RoleArn: ROLE, ExternalId: 'ours-42', RoleSessionName: 'agentdispatch' },
      authorization: expect.stringMatching(/Credential=BASEKEY\/\d{8}\/eu-west-1\/sts\//),
    },
  ]);
});

it.each<[string, (tokenFile: string) => [unknown, Record<string, string>]]>([
  ['the profile', (tokenFile) => [{ source: 'web-identity', roleArn: ROLE, tokenFile }, {}]],
  [
    'the environment that the host hands over',
    (tokenFile) => [{ source: 'web-identity' }, { AWS_ROLE_ARN: ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile }],
  ],
])('a role is assumed with a token file named by %s', async (_name, given) => {
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, 'a.web.token');
  await expect(resolved(...given(tokenFile))).resolves.toMatchObject({ sessionToken: 'role-token' });
  expect(seen).toMatchObject([
    { form: { Action: 'AssumeRoleWithWebIdentity', RoleArn: ROLE, WebIdentityToken: 'a.web.token' } },
  ]);
});

it('a web identity without a token file is refused by the name of what is missing', async () => {
  await expect(resolved({ source: 'web-identity', roleArn: ROLE }, {})).rejects.toThrow('AWS_WEB_IDENTITY_TOKEN_FILE');
  expect(seen).toEqual([]);
});
