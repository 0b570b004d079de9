import { describe, expect, it } from '@jest/globals';
import { exporterSecrets } from './exporter-secrets.js';

describe('what an exporter is let in by', () => {
  it('is every header of every signal, as it stands and decoded', () => {
    const env = {
      OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=one%20two, authorization=Bearer%20abc=',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'broken=%zz',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
      HEADERS: 'other=thing',
    };
    expect(exporterSecrets(env)).toEqual([
      env.OTEL_EXPORTER_OTLP_HEADERS,
      ...['one%20two', 'one two', 'Bearer%20abc=', 'Bearer abc='],
      env.OTEL_EXPORTER_OTLP_TRACES_HEADERS,
      '%zz',
    ]);
  });
});
