/** Resource Manager for checks. */
import { ServiceError } from "../../errors.ts";
import type { ArmReader } from "../../ports.ts";
import { type ArmClient, createArmClient } from "./arm-client.ts";
import type { Session } from "./session.ts";

/** The port over the session that `open` gives. */
export function createArmReader(open: () => Promise<Session>): ArmReader {
  let client: Promise<ArmClient> | undefined;
  const connect = (): Promise<ArmClient> => (client ??= open().then((session) => createArmClient(session)));
  return {
    get: async (pathOrAddress, query) => orAbsent((await connect()).get(pathOrAddress, query)),
    ask: async (path, body, query) => orAbsent((await connect()).post(path, body, query)),
  };
}

async function orAbsent(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ServiceError && error.status === 404) return undefined;
    throw error;
  }
}
