/**
 * A client of Azure that knows nothing of the emulator: public host names, proxy and extra authority from the environment
 * as any program has them. Started by emulator-proxy.test.ts; prints what it saw as JSON.
 */
import { ResourceManagementClient } from "@azure/arm-resources";
import { StorageManagementClient } from "@azure/arm-storage";
import { EnvironmentCredential } from "@azure/identity";
import { BlobSASPermissions, BlobServiceClient, generateBlobSASQueryParameters } from "@azure/storage-blob";

const subscriptionId = process.env["SUBSCRIPTION"] ?? "";
const credential = new EnvironmentCredential();

const group = await new ResourceManagementClient(credential, subscriptionId).resourceGroups.get("rg-images");
const accounts = [];
for await (const account of new StorageManagementClient(credential, subscriptionId).storageAccounts.list())
  accounts.push(account);
const endpoint = accounts[0]?.primaryEndpoints?.blob ?? "";
const service = new BlobServiceClient(endpoint, credential);
const container = service.getContainerClient("proxied");
await container.create();
const blob = container.getBlockBlobClient("a b.txt");
await blob.uploadData(Buffer.from("through the proxy"));
const from = new Date(Date.now() - 60_000);
const to = new Date(Date.now() + 600_000);
const key = await service.getUserDelegationKey(from, to);
const sas = generateBlobSASQueryParameters(
  { containerName: "proxied", blobName: "a b.txt", permissions: BlobSASPermissions.parse("r"), expiresOn: to },
  key,
  accounts[0]?.name ?? "",
);
const signed = new BlobServiceClient(`${endpoint}?${sas.toString()}`).getContainerClient("proxied");
const content = (await signed.getBlobClient("a b.txt").downloadToBuffer()).toString();
const copied = [];
for (const [name, source] of [
  ["copy by token", blob.url],
  ["copy by signature", `${blob.url}?${sas.toString()}`],
] as const) {
  const copy = container.getBlobClient(name);
  await (await copy.beginCopyFromURL(source)).pollUntilDone();
  copied.push((await copy.downloadToBuffer()).toString());
}
process.stdout.write(JSON.stringify({ group: group.id, endpoint, content, copied }));
