/** Images and image versions: their tags, by Resource Manager's tags resource, which merges and touches nothing else. */
import type { Images } from "../../ports.ts";
import { createArmClient } from "./arm-client.ts";
import type { Session } from "./session.ts";

/** `Microsoft.Resources/tags`, update with the operation Merge (REST reference, "Tags - Update At Scope"). */
const apiVersion = { "api-version": "2021-04-01" };

/** The port over the session that `open` gives. */
export function createImages(open: () => Promise<Session>): Images {
  return {
    addTags: async (id, tags) => {
      const client = createArmClient(await open());
      const path = `${id}/providers/Microsoft.Resources/tags/default`;
      await client.patch(path, { operation: "Merge", properties: { tags } }, apiVersion);
    },
  };
}
