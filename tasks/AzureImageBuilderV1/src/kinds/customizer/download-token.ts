/** Where a program in the build VM gets a token for one of the VM's identities. */

/** The version with which the blob service takes tokens. */
export const blobVersion = "2020-04-08";

/** The role that opens a blob to an identity, for messages. */
export const readerRole = "Storage Blob Data Reader";

/** The metadata service's address of a token for the blob service, for the identity of this resource ID. */
export function tokenAddress(identityId: string): string {
  const resource = encodeURIComponent("https://storage.azure.com/");
  const query = `api-version=2018-02-01&resource=${resource}&msi_res_id=${encodeURIComponent(identityId)}`;
  return `http://169.254.169.254/metadata/identity/oauth2/token?${query}`;
}
