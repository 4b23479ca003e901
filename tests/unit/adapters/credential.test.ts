import assert from "node:assert/strict";
import type { AccessToken, GetTokenOptions } from "@azure/core-auth";
import { createCredential } from "../../../tasks/AzureImageBuilderV1/src/adapters/azure/credential.ts";
import { ServiceError, TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { Secret } from "../../../tasks/AzureImageBuilderV1/src/secret.ts";

const minute = 60_000;

interface Scene {
  /** Life of a token in milliseconds. */
  readonly life?: number;
  readonly exchange?: (assertion: string) => Promise<AccessToken | null>;
  readonly requestAssertion?: () => Promise<Secret>;
  readonly lastFailure?: unknown;
}

function scene({ life = 60 * minute, exchange, requestAssertion, lastFailure }: Scene = {}) {
  let now = 0;
  let assertions = 0;
  const used: string[] = [];
  const masked: string[] = [];
  const pauses: number[] = [];
  const credential = createCredential({
    create: (assertion) => ({
      getToken: async () => {
        // As the library does: it asks twice in one exchange.
        const [first, second] = [await assertion(), await assertion()];
        assert.equal(first, second);
        used.push(first);
        if (exchange !== undefined) return exchange(first);
        return { token: `token-${used.length}`, expiresOnTimestamp: now + life };
      },
    }),
    requestAssertion: requestAssertion ?? (async () => new Secret(`assertion-${(assertions += 1)}`)),
    lastFailure: () => lastFailure,
    mask: (secret) => void masked.push(secret.reveal()),
    now: () => now,
    sleep: async (ms) => void pauses.push(ms),
  });
  const get = async (scope = "arm", options?: GetTokenOptions): Promise<string | undefined> =>
    (await credential.getToken(scope, options))?.token;
  const end = async (): Promise<number | undefined> => (await credential.getToken("arm"))?.expiresOnTimestamp;
  const renew = async (spent: string): Promise<string> => (await credential.renew("arm", spent)).token;
  return { get, end, renew, used, masked, pauses, advance: (ms: number) => void (now += ms) };
}

describe("The connection's access tokens", () => {
  it("are held while they are good", async () => {
    const { get, advance, used } = scene();
    await get();
    advance(54 * minute);
    assert.equal(await get(), "token-1");
    assert.equal(used.length, 1);
  });

  it("are renewed five minutes before their end, each time with a fresh assertion", async () => {
    const { get, advance, used } = scene();
    await get();
    advance(55 * minute);
    assert.equal(await get(), "token-2");
    assert.deepEqual(used, ["assertion-1", "assertion-2"]);
  });

  it("tell the SDKs, which use a token to the last second, the time of their renewal as their end", async () => {
    const { end, advance } = scene();
    assert.equal(await end(), 55 * minute);
    advance(55 * minute);
    assert.equal(await end(), 110 * minute);
  });

  it("are held for two thirds of a short life", async () => {
    const { get, advance } = scene({ life: 3 * minute });
    await get();
    advance(1.9 * minute);
    assert.equal(await get(), "token-1");
    advance(0.2 * minute);
    assert.equal(await get(), "token-2");
  });

  it("are fetched once when two ask at the same time", async () => {
    const { get, used } = scene();
    await Promise.all([get(), get(), get()]);
    assert.equal(used.length, 1);
  });

  it("have an assertion of their own for each scope, also at the same time", async () => {
    const { get, used } = scene();
    await Promise.all([get("arm"), get("storage")]);
    assert.deepEqual([...used].sort(), ["assertion-1", "assertion-2"]);
  });

  it("are fetched anew when the service says that the held one is not good enough", async () => {
    const { get } = scene();
    await get();
    assert.equal(await get("arm", { claims: "{}" }), "token-2");
  });

  it("are masked, and their assertions, before anyone has them", async () => {
    const { get, masked } = scene();
    await get();
    assert.deepEqual(masked, ["assertion-1", "token-1"]);
  });

  it("are used on where they cannot be renewed, to a minute before their end and no longer", async () => {
    let away = false;
    let count = 0;
    const { get, advance } = scene({
      exchange: () => {
        if (away) return Promise.reject(new Error("AADSTS90033: A transient error has occurred."));
        count += 1;
        return Promise.resolve({ token: `token-${count}`, expiresOnTimestamp: 60 * minute });
      },
    });
    await get();
    away = true;
    advance(58.9 * minute);
    assert.equal(await get(), "token-1");
    await assert.rejects(get("arm", { claims: "{}" }), /AADSTS90033/);
    advance(0.2 * minute);
    await assert.rejects(get(), /AADSTS90033/);
  });

  it("are not remembered where they were refused", async () => {
    let tries = 0;
    const { get } = scene({
      exchange: async () => {
        tries += 1;
        if (tries === 1)
          throw new Error(
            "AADSTS70021: No matching federated identity record found.\r\nTrace ID: 0b6ea8f1-0000-4000-8000-c2d7e9f01a55",
          );
        return { token: "good", expiresOnTimestamp: 60 * minute };
      },
    });
    await assert.rejects(get(), (error) => {
      assert.ok(error instanceof ServiceError);
      assert.deepEqual(
        [error.code, error.serviceCode, error.requestId],
        ["AIB304", "AADSTS70021", "0b6ea8f1-0000-4000-8000-c2d7e9f01a55"],
      );
      assert.match(error.message, /could not sign in\. AADSTS70021: No matching/);
      assert.match(error.next ?? "", /federated credential/);
      return true;
    });
    assert.equal(await get(), "good");
  });

  it("are refused with what really went wrong where the library hides it", async () => {
    const lastFailure = Object.assign(new Error("getaddrinfo ENOTFOUND login"), { code: "ENOTFOUND" });
    const { get } = scene({ lastFailure, exchange: () => Promise.reject(new Error("endpoints_resolution_error")) });
    await assert.rejects(get(), /ENOTFOUND/);
  });

  it("are asked for again, each time with a fresh assertion, where the cause may pass", async () => {
    const answers = [503, 429, 200];
    const lastFailure = { status: 0, headers: { get: () => undefined }, bodyAsText: "" };
    const { get, used, pauses } = scene({
      lastFailure,
      exchange: async () => {
        lastFailure.status = answers.shift() ?? 200;
        if (lastFailure.status !== 200) throw new Error("the library hides it");
        return { token: "good", expiresOnTimestamp: 60 * minute };
      },
    });
    assert.equal(await get(), "good");
    assert.deepEqual(used, ["assertion-1", "assertion-2", "assertion-3"]);
    assert.deepEqual(pauses, [1_000, 2_000]);
  });

  it("are not asked for again where Microsoft Entra has refused", async () => {
    const { get, used } = scene({ exchange: () => Promise.reject(new Error("AADSTS7000222: The key has expired.")) });
    await assert.rejects(get(), /AADSTS7000222/);
    assert.equal(used.length, 1);
  });

  it("are renewed once for all who hold one that a service does not take any more", async () => {
    const { get, renew, used } = scene();
    await get();
    assert.deepEqual(await Promise.all([renew("token-1"), renew("token-1")]), ["token-2", "token-2"]);
    assert.equal(await renew("token-1"), "token-2");
    assert.equal(await get(), "token-2");
    assert.equal(used.length, 2);
  });

  it("are refused with the assertion's error where there is no assertion", async () => {
    const { get } = scene({ requestAssertion: () => Promise.reject(new TaskError("AIB303", "no assertion")) });
    await assert.rejects(get(), (error) => error instanceof TaskError && error.code === "AIB303");
  });
});
