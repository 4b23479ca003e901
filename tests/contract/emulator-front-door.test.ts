/** What Resource Manager's front door of the emulator checks before a provider sees a request. */
import assert from "node:assert/strict";
import { signToken } from "../emulator/core/keys.ts";
import { pipelineToken, send, type PlainAnswer, type PlainRequest } from "../emulator/core/testing.ts";
import { type Emulator, createEmulator } from "../emulator/index.ts";

interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string };
}

describe("the front door of the emulator's Resource Manager", () => {
  let emulator: Emulator;
  let token: string;
  before(async () => {
    emulator = await createEmulator();
    token = await pipelineToken(emulator);
  });
  after(() => emulator.close());

  const subscription = (): string => `/subscriptions/${emulator.description.subscriptionId}`;
  const group = (): string => `${subscription()}/resourceGroups/rg-images`;
  const account = (): string =>
    `${group()}/providers/Microsoft.Storage/storageAccounts/stimages?api-version=2024-01-01`;
  const call = (asked: PlainRequest): Promise<PlainAnswer> => send(emulator, { token, ...asked });
  const failure = async (asked: PlainRequest, status: number, code: string): Promise<string> => {
    const answer = await call(asked);
    const { error } = answer.json<ErrorBody>();
    assert.deepEqual([answer.status, error.code], [status, code], answer.text);
    assert.equal(answer.headers["content-type"], "application/json; charset=utf-8");
    assert.equal(answer.headers["x-ms-failure-cause"], "gateway");
    return error.message;
  };
  const forged = async (claims: Record<string, unknown>): Promise<string> => {
    const now = Math.floor(emulator.world.clock.now().getTime() / 1000);
    const issuer = `https://sts.windows.net/${emulator.description.tenantId}/`;
    const good = { aud: "https://management.azure.com", iss: issuer, nbf: now, exp: now + 60, oid: "o", appid: "a" };
    return signToken("entra", { ...good, ...claims });
  };

  it("asks for a token, and says where to get one", async () => {
    const answer = await send(emulator, { url: account() });
    assert.equal(answer.status, 401);
    assert.equal(answer.json<ErrorBody>().error.code, "AuthenticationFailed");
    const challenge = answer.headers["www-authenticate"] ?? "";
    assert.ok(
      challenge.startsWith(`Bearer authorization_uri="https://login.windows.net/${emulator.description.tenantId}"`),
    );
  });

  const badTokens: readonly { readonly title: string; readonly code: string; readonly make: () => Promise<string> }[] =
    [
      { title: "no token at all", code: "InvalidAuthenticationToken", make: async () => "not-a-token" },
      {
        title: "a signature that is not Entra ID's",
        code: "InvalidAuthenticationToken",
        make: async () => token.replace(/.{8}$/, "AAAAAAAA"),
      },
      {
        title: "a token of Azure DevOps",
        code: "InvalidAuthenticationToken",
        make: async () => signToken("devops", { aud: "https://management.azure.com" }),
      },
      {
        title: "a token that ran out",
        code: "ExpiredAuthenticationToken",
        make: () => forged({ nbf: 1000, exp: 2000 }),
      },
      {
        title: "a token that is not yet valid",
        code: "InvalidAuthenticationToken",
        make: () => forged({ nbf: 32503680000, exp: 32503690000 }),
      },
      {
        title: "a token for storage",
        code: "InvalidAuthenticationTokenAudience",
        make: () => pipelineToken(emulator, "https://storage.azure.com"),
      },
      {
        title: "a token of another tenant",
        code: "InvalidAuthenticationTokenTenant",
        make: () => forged({ iss: "https://sts.windows.net/other/" }),
      },
    ];
  for (const { title, code, make } of badTokens) {
    it(`refuses ${title} with ${code}`, async () => {
      await failure({ url: account(), token: await make() }, 401, code);
    });
  }

  it("takes an audience with and without the slash, and its own address", async () => {
    for (const audience of [
      "https://management.azure.com/",
      "https://management.core.windows.net/",
      emulator.description.armUrl,
    ]) {
      const answer = await call({ url: account(), token: await pipelineToken(emulator, audience) });
      assert.equal(answer.status, 200, audience);
    }
  });

  const refusals: readonly {
    readonly title: string;
    readonly path: () => string;
    readonly status: number;
    readonly code: string;
    readonly method?: string;
    readonly body?: unknown;
  }[] = [
    { title: "a request without api-version", path: () => group(), status: 400, code: "MissingApiVersionParameter" },
    {
      title: "a subscription that is no GUID",
      path: () => "/subscriptions/mine/resourceGroups/rg?api-version=2021-04-01",
      status: 400,
      code: "InvalidSubscriptionId",
    },
    {
      title: "an unknown subscription",
      path: () => "/subscriptions/00000000-0000-4000-8000-00000000dead/resourceGroups/rg?api-version=2021-04-01",
      status: 404,
      code: "SubscriptionNotFound",
    },
    {
      title: "an unknown group",
      path: () => `${subscription()}/resourceGroups/absent?api-version=2021-04-01`,
      status: 404,
      code: "ResourceGroupNotFound",
    },
    {
      title: "a resource in an unknown group",
      path: () =>
        `${subscription()}/resourceGroups/absent/providers/Microsoft.Storage/storageAccounts/stimages?api-version=2024-01-01`,
      status: 404,
      code: "ResourceGroupNotFound",
    },
    {
      title: "an unknown resource",
      path: () => account().replace("stimages", "absent"),
      status: 404,
      code: "ResourceNotFound",
    },
    {
      title: "an unknown namespace",
      path: () => `${group()}/providers/Microsoft.Nonsense/things/x?api-version=2024-01-01`,
      status: 404,
      code: "InvalidResourceNamespace",
    },
    {
      title: "an unknown type of a known namespace",
      path: () => `${group()}/providers/Microsoft.Compute/nonsense/x?api-version=2024-07-01`,
      status: 404,
      code: "InvalidResourceType",
    },
    {
      title: "an api-version no provider has",
      path: () => account().replace("2024-01-01", "1999-01-01"),
      status: 400,
      code: "NoRegisteredProviderFound",
    },
    {
      title: "an api-version Resource Manager lacks",
      path: () => `${group()}?api-version=1999-01-01`,
      status: 400,
      code: "InvalidApiVersionParameter",
    },
    {
      title: "a known type whose operation is not built",
      path: () => `${group()}/providers/Microsoft.Compute/disks/x?api-version=2024-07-01`,
      status: 501,
      code: "NotImplemented",
    },
    {
      title: "a known resource asked in a way that is not built",
      path: () => account(),
      method: "PATCH",
      body: {},
      status: 501,
      code: "NotImplemented",
    },
    {
      title: "what the caller has no right to",
      path: () => `${group()}?api-version=2021-04-01`,
      method: "DELETE",
      status: 403,
      code: "AuthorizationFailed",
    },
  ];
  for (const { title, path, status, code, method, body } of refusals) {
    it(`refuses ${title} with ${code}`, async () => {
      await failure({ url: path(), method, body }, status, code);
    });
  }

  it("names client, object, action and scope in the refusal, as the service words it", async () => {
    const message = await failure(
      { url: `${group()}?api-version=2021-04-01`, method: "DELETE" },
      403,
      "AuthorizationFailed",
    );
    assert.equal(
      message,
      `The client '0c1d2e3f-0000-4000-8000-51ab6e7d8f90' with object id '9a8b7c6d-0000-4000-8000-5e4f3a2b1c0d' does not have authorization to perform action 'Microsoft.Resources/subscriptions/resourceGroups/delete' over scope '${group()}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
    );
  });

  it("names the namespace as the scope of a list", async () => {
    const [kept] = emulator.world.roleAssignments.splice(0, 1);
    try {
      const url = `${group()}/providers/Microsoft.Storage/storageAccounts?api-version=2024-01-01`;
      const message = await failure({ url }, 403, "AuthorizationFailed");
      assert.ok(message.includes(`over scope '${group()}/providers/Microsoft.Storage'`), message);
    } finally {
      if (kept !== undefined) emulator.world.roleAssignments.unshift(kept);
    }
  });

  it("refuses a namespace that is not registered in the subscription", async () => {
    const file = structuredClone(JSON.parse(await worldText()) as { subscriptions: { registered: string[] }[] });
    for (const one of file.subscriptions)
      one.registered = one.registered.filter((name) => name !== "Microsoft.Storage");
    const other = await createEmulator({ world: file as never });
    try {
      const answer = await send(other, { url: account(), token: await pipelineToken(other) });
      assert.deepEqual([answer.status, answer.json<ErrorBody>().error.code], [409, "MissingSubscriptionRegistration"]);
    } finally {
      await other.close();
    }
  });

  it("ignores the case of a path and keeps that of its parameters", async () => {
    const answer = await call({ url: account().toLowerCase() });
    assert.equal(answer.json<{ name: string }>().name, "stimages");
  });

  it("puts the headers of the service on every answer", async () => {
    const { headers } = await call({
      url: account(),
      headers: { "x-ms-client-request-id": "mine", "x-ms-return-client-request-id": "true" },
    });
    assert.match(String(headers["x-ms-request-id"]), /^[0-9a-f-]{36}$/);
    assert.match(String(headers["x-ms-routing-request-id"]), /^WESTEUROPE:\d{8}T\d{6}Z:[0-9a-f-]{36}$/);
    assert.equal(headers["x-ms-client-request-id"], "mine");
    assert.equal(headers["cache-control"], "no-cache");
    assert.equal(headers["strict-transport-security"], "max-age=31536000; includeSubDomains");
  });

  it("counts reads down and refuses them when none is left", async () => {
    const other = await createEmulator({ scale: 0.001 });
    try {
      const reader = await pipelineToken(other);
      const left: number[] = [];
      let last: PlainAnswer | undefined;
      for (let count = 0; count < 251; count += 1) {
        last = await send(other, { url: account(), token: reader });
        left.push(Number(last.headers["x-ms-ratelimit-remaining-subscription-reads"]));
      }
      assert.deepEqual(left.slice(0, 2), [249, 248]);
      assert.equal(last?.status, 429);
      assert.equal(last.headers["retry-after"], "1");
      assert.equal(last.json<ErrorBody>().error.code, "SubscriptionRequestsThrottled");
    } finally {
      await other.close();
    }
  });

  it("takes request headers of 16 KB", async () => {
    const answer = await call({ url: account(), headers: { "x-long": "x".repeat(16 * 1024) } });
    assert.equal(answer.status, 200);
  });
});

async function worldText(): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  return readFile(new URL("../emulator/worlds/default.json", import.meta.url), "utf8");
}
