/** Addresses of resources in the Azure portal of the connection's cloud. */
import type { ServiceConnection } from "../ports.ts";
import { readResourceId } from "../values/resource-id.ts";

/** A portal. `tenantId` makes it open in the right directory. */
export interface Portal {
  /** Without a trailing slash. */
  readonly base: string;
  readonly tenantId?: string;
}

/** By the connection's `environment` (agent contract, sections 6.2 and 6.3). */
const portals: Readonly<Record<string, string>> = {
  azurecloud: "https://portal.azure.com",
  azureusgovernment: "https://portal.azure.us",
  azurechinacloud: "https://portal.azure.cn",
};

/**
 * The portal of the connection's cloud; undefined where it is not known. Azure Stack has its own, which the connection
 * names in `armManagementPortalUrl`.
 */
export function findPortal(connection: Pick<ServiceConnection, "data" | "parameter"> | undefined): Portal | undefined {
  if (connection === undefined) return undefined;
  const environment = connection.data("environment") ?? "AzureCloud";
  const base = portals[environment.toLowerCase()] ?? originOf(connection.data("armManagementPortalUrl"));
  if (base === undefined) return undefined;
  const tenantId = connection.parameter("tenantid") ?? connection.data("tenantid");
  return tenantId !== undefined && /^[\w.-]+$/.test(tenantId) ? { base, tenantId } : { base };
}

/**
 * The page of a resource: `<base>/#@<tenant>/resource<id>`, without a tenant `<base>/#resource<id>`. Nothing but
 * characters that mean nothing in Markdown or HTML. Undefined where `id` is no resource's.
 */
export function portalLink(id: string, { base, tenantId }: Portal): string | undefined {
  const known = readResourceId(id);
  if (known === undefined || /\p{Cs}/u.test(id)) return undefined;
  const path = known.id.split("/").map(encode).join("/");
  return `${base}/#${tenantId === undefined ? "" : `@${tenantId}/`}resource${path}`;
}

/** Parentheses and asterisks, which names may have, would be Markdown. */
function encode(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*_~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function originOf(address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  const { protocol, origin } = new URL(address);
  return protocol === "https:" ? origin : undefined;
}
