// Who is let in, before a byte of a body is read: the right host and page (403), the right path (404), a known token (401).
import {
  hostHeaderValidationResponse,
  originValidationResponse,
  requireBearerAuth,
  type AuthInfo,
  type OAuthTokenVerifier,
} from '@modelcontextprotocol/server';

export const MCP_PATH = '/mcp';

export interface GateRules {
  /** Host names without port. */
  hosts: readonly string[];
  /** Host names of web pages, without scheme and port. */
  origins: readonly string[];
  verifier: OAuthTokenVerifier;
}

/** Either who calls, or the answer that refuses it. */
export function createGate({
  hosts,
  origins,
  verifier,
}: GateRules): (request: Request) => Promise<AuthInfo | Response> {
  const authenticate = requireBearerAuth({ verifier });
  return async (request) => {
    const refused =
      hostHeaderValidationResponse(request, [...hosts]) ??
      originValidationResponse(request, [...origins]) ??
      elsewhere(request);
    return refused ?? preflight(request) ?? (await authenticate(request));
  };
}

const elsewhere = ({ url }: Request): Response | undefined =>
  new URL(url).pathname === MCP_PATH ? undefined : Response.json({ error: `MCP is at ${MCP_PATH}` }, { status: 404 });

/** A browser asks first, without a token, what a page that may call may send. */
function preflight(request: Request): Response | undefined {
  if (request.method !== 'OPTIONS') return undefined;
  const headers = {
    Allow: 'POST',
    'Access-Control-Allow-Methods': 'POST',
    'Access-Control-Allow-Headers': request.headers.get('access-control-request-headers') ?? '',
    'Access-Control-Max-Age': '600',
  };
  return new Response(null, { status: 204, headers });
}

/** The answer, so that a page that may call can read it. */
export function readableBy(request: Request, response: Response): Response {
  const origin = request.headers.get('origin');
  if (origin === null) return response;
  response.headers.set('Access-Control-Allow-Origin', origin);
  response.headers.set('Access-Control-Expose-Headers', 'WWW-Authenticate');
  response.headers.append('Vary', 'Origin');
  return response;
}
