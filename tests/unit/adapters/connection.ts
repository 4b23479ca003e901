/** A service connection as an object, for tests. */
import type { ServiceConnection } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";

/** Keys of `parameters` and `data` in lower case; they are asked for without case, as an agent answers. */
export function connectionOf(
  given: Partial<Pick<ServiceConnection, "scheme" | "url">> & {
    readonly parameters?: Readonly<Record<string, string>>;
    readonly data?: Readonly<Record<string, string>>;
  } = {},
): ServiceConnection {
  const { scheme = "ServicePrincipal", url = "https://management.azure.com/", parameters, data = {} } = given;
  const known = parameters ?? { tenantid: "tenant", serviceprincipalid: "client", serviceprincipalkey: "key-1" };
  return {
    id: "d4000000-0000-4000-8000-000000000000",
    scheme,
    url,
    parameter: (name) => known[name.toLowerCase()],
    data: (name) => data[name.toLowerCase()],
  };
}
