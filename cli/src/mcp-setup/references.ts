// Variables handed on by reference: the client fills in the values when it starts the server.

/** `{ NAME: "${NAME}" }`. */
export const references = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, `\${${name}}`]));
