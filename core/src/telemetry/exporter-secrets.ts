// Values that the variables of an exporter may hold and nobody may read: the headers by which it is let in.

/** Of each OTEL_..._HEADERS, `name=value,...`: the whole, and each value, as it stands and decoded. */
export function exporterSecrets(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && /^OTEL_.*HEADERS$/.test(name) ? [value, ...value.split(',').flatMap(valueOf)] : [],
  );
}

function valueOf(header: string): string[] {
  const value = header.slice(header.indexOf('=') + 1).trim();
  try {
    return [value, decodeURIComponent(value)];
  } catch {
    // No percent encoding after all.
    return [value];
  }
}
