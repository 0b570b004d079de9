import { describe, expect, it } from '@jest/globals';
import { Tokens } from './tokens.js';

const tokens = new Tokens([
  { subject: 'alice', token: 'alice-token-0123456789' },
  { subject: 'alice', token: 'alice-token-of-tomorrow' },
  { subject: 'bob', token: 'bob-token-0123456789' },
]);

describe('Tokens', () => {
  it.each([
    ['alice-token-0123456789', 'alice'],
    ['alice-token-of-tomorrow', 'alice'],
    ['bob-token-0123456789', 'bob'],
  ])('knows whose %s is, and passes no token on', async (token, subject) => {
    const info = await tokens.verifyAccessToken(token);
    expect(info).toMatchObject({ clientId: subject, token: '' });
    expect(JSON.stringify(info)).not.toContain('token-');
  });

  it.each(['', 'alice', 'alice-token-012345678', 'alice-token-01234567890', 'ALICE-TOKEN-0123456789'])(
    'does not know %j',
    async (token) => {
      await expect(tokens.verifyAccessToken(token)).rejects.toMatchObject({ code: 'invalid_token' });
    },
  );
});
