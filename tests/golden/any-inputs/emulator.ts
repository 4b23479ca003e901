/** The emulated service, asked for nothing but whether it takes a template. */
import { createEmulator } from "../../emulator/index.ts";
import { pipelineToken, send, type PlainAnswer } from "../../emulator/core/testing.ts";
import { group } from "./words.ts";

/** The emulator, and a PUT of a new template. */
export interface Service {
  put(body: unknown, apiVersion: string): Promise<PlainAnswer>;
  close(): Promise<void>;
}

/** Starts it; its clock is so fast that Resource Manager's limits on writes are never reached. */
export async function openService(): Promise<Service> {
  const emulator = await createEmulator({ scale: 1000 });
  let count = 0;
  return {
    put: async (body, apiVersion) => {
      count += 1;
      const path = `${group}/providers/Microsoft.VirtualMachineImages/imageTemplates/any-${count}`;
      const token = await pipelineToken(emulator);
      return send(emulator, { method: "PUT", url: `${path}?api-version=${apiVersion}`, body, token });
    },
    close: () => emulator.close(),
  };
}
