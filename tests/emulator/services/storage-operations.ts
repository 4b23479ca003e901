/** Which right each operation of the blob service needs (Azure documentation, authorize blob access with Entra ID). */

/** What a bearer needs; `actions` are alternatives, one is enough. */
export interface BlobRight {
  /** `action` is looked for among a role's actions, `data` among its data actions. */
  readonly kind: "action" | "data";
  readonly actions: readonly string[];
}

export type BlobOperation =
  | {
      readonly kind: "known";
      readonly right: BlobRight;
      readonly container: string | undefined;
      readonly blob: string | undefined;
    }
  | { readonly kind: "delegationKey" }
  | { readonly kind: "notBuilt"; readonly what: string };

const services = "Microsoft.Storage/storageAccounts/blobServices";
const containers = `${services}/containers`;
const blobs = `${containers}/blobs`;

/** What a request asks for. `path` is what follows the account, still percent-encoded. */
export function blobOperation(method: string, path: string, query: URLSearchParams): BlobOperation {
  const [container = "", ...rest] = path
    .split("/")
    .filter((part, index, all) => part !== "" || (index > 0 && index < all.length - 1));
  const blob = rest.join("/");
  const comp = (query.get("comp") ?? "").toLowerCase();
  const what = `${method} ${blob !== "" ? "blob" : container !== "" ? "container" : "account"} ${comp}`.trimEnd();
  if (what === "POST account userdelegationkey") return { kind: "delegationKey" };
  const right = rights[what];
  if (right === undefined) return { kind: "notBuilt", what };
  return { kind: "known", right, container: container || undefined, blob: blob || undefined };
}

function action(...names: readonly string[]): BlobRight {
  return { kind: "action", actions: names };
}

function data(...names: readonly string[]): BlobRight {
  return { kind: "data", actions: names };
}

const readBlob = data(`${blobs}/read`);
const writeBlob = data(`${blobs}/write`);
const createBlob = data(`${blobs}/write`, `${blobs}/add/action`);

const rights: Readonly<Record<string, BlobRight>> = {
  "GET account list": action(`${containers}/read`),
  "GET account properties": action(`${services}/read`),
  "PUT account properties": action(`${services}/write`),
  "PUT container": action(`${containers}/write`),
  "PUT container metadata": action(`${containers}/write`),
  "PUT container lease": action(`${containers}/write`),
  "GET container": action(`${containers}/read`),
  "HEAD container": action(`${containers}/read`),
  "GET container metadata": action(`${containers}/read`),
  "DELETE container": action(`${containers}/delete`),
  "GET container acl": action(`${containers}/getAcl/action`),
  "PUT container acl": action(`${containers}/setAcl/action`),
  "GET container list": readBlob,
  "GET blob": readBlob,
  "HEAD blob": readBlob,
  "GET blob metadata": readBlob,
  "GET blob blocklist": readBlob,
  "GET blob pagelist": readBlob,
  "GET blob tags": data(`${blobs}/tags/read`),
  "PUT blob": createBlob,
  "PUT blob block": writeBlob,
  "PUT blob blocklist": writeBlob,
  "PUT blob appendblock": createBlob,
  "PUT blob page": writeBlob,
  "PUT blob metadata": writeBlob,
  "PUT blob properties": writeBlob,
  "PUT blob lease": writeBlob,
  "PUT blob tier": writeBlob,
  "PUT blob snapshot": createBlob,
  "PUT blob tags": data(`${blobs}/tags/write`),
  "DELETE blob": data(`${blobs}/delete`),
};

/** Right for a user delegation key, at the account. */
export const delegationRight: BlobRight = action(`${services}/generateUserDelegationKey/action`);
