/** What was asked and answered, without secrets. */
import type { Mark } from "./types.ts";

export interface LoggedRequest {
  readonly method: string;
  /** Address without the values of signatures. */
  readonly url: string;
  /** Undefined where the connection was dropped. */
  readonly status: number | undefined;
  readonly service: string;
  readonly mark: Mark;
  readonly fact: string;
  /** Milliseconds of real time from the head of the request to the end of the answer. */
  readonly ms: number;
  /** Emulated time of the arrival. */
  readonly time: string;
  readonly userAgent: string | undefined;
}

/** Query parameters whose value gives access or is as good as a password. */
const secretParameters = new Set(["sig", "s", "h", "c", "code", "client_secret", "client_assertion", "access_token"]);

/** The address with `REDACTED` for every secret value. */
export function withoutSecrets(url: URL): string {
  const copy = new URL(url);
  for (const name of copy.searchParams.keys()) {
    if (secretParameters.has(name.toLowerCase())) copy.searchParams.set(name, "REDACTED");
  }
  return copy.toString();
}
