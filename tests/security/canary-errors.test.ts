/** What the adapters throw, down to the last cause, holds no secret: not for a person who inspects it, nor as text or JSON. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import type { ServiceConnection } from "../../tasks/AzureImageBuilderV1/src/ports.ts";
import { openSession, type Session } from "../contract/adapters-session.ts";
import { defaultWorld } from "../emulator/core/world-file.ts";
import { createEmulator, type Emulator } from "../emulator/index.ts";
import { makeCertificate } from "../unit/adapters/certificates.ts";
import { type Canary, findLeaks, type Place } from "./find-leaks.ts";

/** The error and every cause, as programs that log errors show them. */
function textsOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  const whole = { depth: null, maxStringLength: null, maxArrayLength: null, showHidden: false } as const;
  const own = [inspect(error, whole), String(error), error.stack ?? "", JSON.stringify(error)];
  return error.cause === undefined ? own : [...own, ...textsOf(error.cause)];
}

describe("errors without secrets", function () {
  this.timeout(60_000);
  const key = "9f3aQ~wrong.key_of_the-connection~77";
  let emulator: Emulator;
  let stranger: string;
  before(async () => {
    const made = await makeCertificate();
    stranger = made.certificate + made.key;
    emulator = await createEmulator({ scale: 50, world: defaultWorld(), warm: true });
  });
  after(() => emulator.close());
  afterEach(() => emulator.reset());

  const withParameter = (name: string, value: string): Partial<ServiceConnection> => {
    const own = emulator.description.connections;
    const given = Object.values(own).flatMap(({ parameters }) => Object.entries(parameters));
    return {
      parameter: (asked) =>
        asked.toLowerCase() === name.toLowerCase()
          ? value
          : asked === "authenticationType"
            ? name === "servicePrincipalCertificate"
              ? "spnCertificate"
              : "spnKey"
            : given.find(([known]) => known.toLowerCase() === asked.toLowerCase())?.[1],
    };
  };
  const ref = () => ({
    subscriptionId: emulator.description.subscriptionId,
    resourceGroup: "rg-images",
    name: "of-a-canary",
  });
  const account = () => ({
    id: emulator.description.resources.storageAccount,
    name: "stimages",
    blobEndpoint: `${emulator.description.blobUrl}/stimages/`,
    allowSharedKeyAccess: true,
  });
  const read = (session: Session): Promise<unknown> => session.templates.get(ref());

  const failures: readonly (readonly [what: string, fail: () => Promise<unknown>])[] = [
    ["a key that is refused", () => read(openSession(emulator, "images-key", { connection: withParameter("servicePrincipalKey", key) }))],
    ["a certificate that is refused", () => read(openSession(emulator, "images-certificate", { connection: withParameter("servicePrincipalCertificate", stranger) }))],
    ["an assertion that is refused", async () => {
      emulator.addFault({ match: { service: "entra", method: "POST" }, times: 9, action: { status: 401, body: { error: "invalid_client", error_description: "AADSTS700213: No matching federated identity record found." } } });
      return read(openSession(emulator, "images-prod"));
    }],
    ["a token that Resource Manager refuses", async () => {
      emulator.addFault({ match: { service: "Microsoft.VirtualMachineImages" }, times: 9, action: { status: 403, code: "AuthorizationFailed" } });
      return read(openSession(emulator, "images-key"));
    }],
    ["a connection to Resource Manager that breaks", async () => {
      emulator.addFault({ match: { service: "Microsoft.VirtualMachineImages" }, times: 9, action: { drop: "before" } });
      return openSession(emulator, "images-key").templates.startRun(ref());
    }],
    ["a token that the blob service refuses", async () => {
      emulator.addFault({ match: { service: "blob", method: "PUT" }, times: 9, action: { status: 403, code: "AuthorizationFailure" } });
      return openSession(emulator, "images-key").blobs.container(account(), "canary", "token").createIfAbsent();
    }],
    ["a request by account key that is refused", async () => {
      emulator.addFault({ match: { service: "blob", method: "PUT" }, times: 9, action: { status: 403, code: "AuthenticationFailed" } });
      return openSession(emulator, "images-key").blobs.container(account(), "canary", "accountKey").createIfAbsent();
    }],
    ["an answer that is no key", async () => {
      emulator.addFault({ match: { path: "userdelegationkey" }, times: 9, action: { status: 200, body: "<html>sign in</html>" } });
      return openSession(emulator, "images-key").blobs.container(account(), "canary", "token").prepareSigning(new Date(Date.now() + 3_600_000));
    }],
  ]; // prettier-ignore
  for (const [what, fail] of failures) {
    it(`are thrown for ${what}`, async () => {
      const error = await fail().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof Error, "nothing was thrown");
      const given: readonly Canary[] = [
        { name: "key", value: key },
        { name: "certificate's key", value: stranger.slice(stranger.indexOf("-----BEGIN PRIVATE")) },
        { name: "job's token", value: emulator.description.job.accessToken },
      ];
      const seen = emulator.secretsSeen().map(({ kind, value }) => ({ name: kind, value }));
      const places: readonly Place[] = textsOf(error).map((text, index) => ({ name: `text ${index}`, text }));
      assert.ok(seen.length > 0 && places.length >= 4);
      const leaks = findLeaks(places, [...given, ...seen]);
      assert.deepEqual(leaks, [], places.map(({ text }) => text).join("\n---\n"));
    });
  }
});
