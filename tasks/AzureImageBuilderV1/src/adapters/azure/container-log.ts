/** The live log of the container instance in which the service builds (wire notes, section 7). */
import type { LogRead } from "../../ports.ts";
import { ServiceError } from "../../errors.ts";
import type { ArmGet } from "./arm-client.ts";
import { isRefusal } from "./service-error.ts";

/** Resource Manager's `Microsoft.ContainerInstance`: a version that all clouds have. */
const apiVersion = { "api-version": "2023-05-01" };
const builderGroup = /^vmimagebuilder-build-container/i;

export interface ContainerLog {
  read(): Promise<LogRead>;
}

/** Reads the container's log from its beginning; of each read only what is new is told. */
export function createContainerLog(get: ArmGet, stagingResourceGroup: string): ContainerLog {
  const groups = `${stagingResourceGroup}/providers/Microsoft.ContainerInstance/containerGroups`;
  let container: string | undefined;
  let seen = "";
  const look = async (): Promise<LogRead> => {
    container = findContainer(await get(groups, apiVersion));
    return { state: container === undefined ? "nothing" : "found" };
  };
  const readOn = async (path: string): Promise<LogRead> => {
    const content = fields(await get(`${path}/logs`, apiVersion))["content"];
    if (typeof content !== "string") return { state: "nothing" };
    const fresh = newPart(seen, content);
    seen = content;
    if (fresh === "") return { state: "nothing" };
    return { state: "bytes", from: "container", bytes: Buffer.from(fresh), more: false };
  };
  return {
    read: async () => {
      try {
        return await (container === undefined ? look() : readOn(container));
      } catch (error) {
        if (isRefusal(error)) return { state: "refused", missing: error.message };
        if (!(error instanceof ServiceError) || error.status !== 404) throw error;
        // It is gone when the build is over, or not yet there.
        container = undefined;
        return { state: "nothing" };
      }
    },
  };
}

/** The path of the builder's container in a list of container groups. */
function findContainer(list: unknown): string | undefined {
  for (const group of asList(fields(list)["value"])) {
    const { name, id, properties } = fields(group);
    const [first] = asList(fields(properties)["containers"]);
    const container = fields(first)["name"];
    if (
      typeof name === "string" &&
      typeof id === "string" &&
      typeof container === "string" &&
      builderGroup.test(name)
    ) {
      return `${id}/containers/${encodeURIComponent(container)}`;
    }
  }
  return undefined;
}

/** What of `now` was not in `before`: the service gives the last 4 MB only, so the beginning may have gone. */
function newPart(before: string, now: string): string {
  if (now.startsWith(before)) return now.slice(before.length);
  const end = before.slice(-2000);
  const at = now.lastIndexOf(end);
  return at < 0 ? now : now.slice(at + end.length);
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
