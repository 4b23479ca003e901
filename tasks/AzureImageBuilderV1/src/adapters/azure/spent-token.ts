/** What the storage service's tokens are asked for, and how a service says that a token is spent. */

/** What a token for blobs is asked for, in every cloud. */
export const storageScope = "https://storage.azure.com/.default";

/** Whether the code of a 401 says that the token was good once: clocks differ, keys change, sessions are ended. */
export function isSpentCode(code: string | undefined): boolean {
  return /^(InvalidAuthenticationInfo|ExpiredAuthenticationToken)$/i.test(code ?? "");
}
