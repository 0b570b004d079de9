// Credentials as the SDK takes them. Alive only: never stored, logged or put into an error.

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Asked for again some minutes before. Absent: good until refused. */
  readonly expiration?: Date;
}

/** @param options what the SDK's clients tell about themselves. */
export type CredentialProvider = (options?: Record<string, unknown>) => Promise<AwsCredentials>;
