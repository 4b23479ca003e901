/** Sign-in at the emulator with the official credentials, and the errors of Entra ID and Azure DevOps. */
import assert from "node:assert/strict";
import {
  AzurePipelinesCredential,
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
} from "@azure/identity";
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { decodeJwt, SignJWT } from "jose";
import { signToken } from "../emulator/core/keys.ts";
import { send } from "../emulator/core/testing.ts";
import { defaultWorld } from "../emulator/core/world-file.ts";
import { type Emulator, createEmulator } from "../emulator/index.ts";

const arm = "https://management.azure.com/.default";

describe("signing in at the emulator", () => {
  let emulator: Emulator;
  before(async () => {
    emulator = await createEmulator();
  });
  after(() => emulator.close());

  const connection = (name: string) => {
    const found = emulator.description.connections[name];
    assert.ok(found, `the world has the connection ${name}`);
    return found;
  };
  const parameter = (name: string, key: string): string => connection(name).parameters[key] ?? "";
  const options = () => ({
    authorityHost: emulator.description.authorityUrl,
    disableInstanceDiscovery: true,
    tlsOptions: { ca: emulator.world.caPem },
    retryOptions: { maxRetries: 0 },
  });
  const tenant = (): string => emulator.description.tenantId;
  const client = (): string => parameter("images-key", "serviceprincipalid");
  const secret = (value: string, clientId = client()) =>
    new ClientSecretCredential(tenant(), clientId, value, options());
  const assertion = async (claims: Record<string, unknown> = {}): Promise<string> => {
    const now = Math.floor(emulator.world.clock.now().getTime() / 1000);
    return signToken("devops", {
      iss: "https://vstoken.dev.azure.com/3d8c9b4e-0000-4000-8000-6f2a51c0de77",
      sub: "sc://fabrikam/images/images-prod",
      aud: "api://AzureADTokenExchange",
      jti: emulator.world.newGuid(),
      nbf: now,
      exp: now + 600,
      ...claims,
    });
  };
  const byAssertion = (make: () => Promise<string>) =>
    new ClientAssertionCredential(tenant(), client(), make, options());
  const oidc = (changes: { readonly token?: string; readonly query?: string; readonly plan?: string } = {}) => {
    const { job } = emulator.description;
    const id = connection("images-prod").id;
    const uri = changes.plan === undefined ? job.oidcRequestUri : job.oidcRequestUri.replace(job.planId, changes.plan);
    return send(emulator, {
      method: "POST",
      url: `${uri}?${changes.query ?? `api-version=7.1&serviceConnectionId=${id}`}`,
      token: changes.token ?? job.accessToken,
    });
  };

  it("gives a token for a client secret", async () => {
    const token = await secret(parameter("images-key", "serviceprincipalkey")).getToken(arm);
    const claims = decodeJwt(token.token);
    assert.equal(claims.aud, "https://management.azure.com");
    assert.equal(claims.iss, `https://sts.windows.net/${tenant()}/`);
    assert.equal((claims.exp ?? 0) - (claims.iat ?? 0), 3599);
  });

  it("keeps the slash of a scope in the audience", async () => {
    const credential = secret(parameter("images-key", "serviceprincipalkey"));
    const token = await credential.getToken("https://management.azure.com//.default");
    assert.equal(decodeJwt(token.token).aud, "https://management.azure.com/");
  });

  it("gives a token for the emulator's own Resource Manager address and for storage", async () => {
    const credential = secret(parameter("images-key", "serviceprincipalkey"));
    for (const resource of [emulator.description.armUrl, "https://storage.azure.com"]) {
      assert.equal(decodeJwt((await credential.getToken(`${resource}/.default`)).token).aud, resource);
    }
  });

  it("gives a token for an assertion signed with the certificate of the connection", async () => {
    const certificate = parameter("images-certificate", "servicePrincipalCertificate");
    const credential = new ClientCertificateCredential(tenant(), client(), { certificate }, options());
    assert.equal(decodeJwt((await credential.getToken(arm)).token).tid, tenant());
  });

  it("gives a token for a federated assertion", async () => {
    assert.ok((await byAssertion(() => assertion()).getToken(arm)).token);
  });

  it("serves AzurePipelinesCredential from the job's address to the token", async () => {
    const { job } = emulator.description;
    process.env["SYSTEM_OIDCREQUESTURI"] = job.oidcRequestUri;
    try {
      const credential = new AzurePipelinesCredential(
        tenant(),
        client(),
        connection("images-prod").id,
        job.accessToken,
        options(),
      );
      assert.ok((await credential.getToken(arm)).token);
    } finally {
      delete process.env["SYSTEM_OIDCREQUESTURI"];
    }
  });

  const refusals: readonly { readonly title: string; readonly code: string; readonly sign: () => Promise<unknown> }[] =
    [
      { title: "a wrong secret", code: "AADSTS7000215", sign: () => secret("wrong").getToken(arm) },
      {
        title: "an unknown application",
        code: "AADSTS700016",
        sign: () => secret("any", "00000000-0000-4000-8000-00000000dead").getToken(arm),
      },
      {
        title: "an unknown resource",
        code: "AADSTS500011",
        sign: () =>
          secret(parameter("images-key", "serviceprincipalkey")).getToken("https://vault.example.com/.default"),
      },
      {
        title: "an expired assertion",
        code: "AADSTS700024",
        sign: () => byAssertion(() => assertion({ nbf: 1000, exp: 2000 })).getToken(arm),
      },
      {
        title: "an assertion of another issuer",
        code: "AADSTS700211",
        sign: () => byAssertion(() => assertion({ iss: "https://app.vstoken.visualstudio.com" })).getToken(arm),
      },
      {
        title: "an assertion for another subject",
        code: "AADSTS700213",
        sign: () => byAssertion(() => assertion({ sub: "sc://fabrikam/images/other" })).getToken(arm),
      },
      {
        title: "an assertion for another audience",
        code: "AADSTS700212",
        sign: () => byAssertion(() => assertion({ aud: "api://other" })).getToken(arm),
      },
      {
        title: "an assertion whose signature is not the issuer's",
        code: "AADSTS50013",
        sign: () => byAssertion(async () => (await assertion()).replace(/.{6}$/, "AAAAAA")).getToken(arm),
      },
    ];
  for (const { title, code, sign } of refusals) {
    it(`refuses ${title} with ${code}`, async () => {
      await assert.rejects(sign, (error: Error) => {
        assert.ok(error.message.includes(code), error.message);
        return true;
      });
    });
  }

  it("knows no other tenant, whatever is asked of it", async () => {
    const root = `${emulator.description.authorityUrl}/00000000-0000-4000-8000-00000000beef`;
    const found = await send(emulator, { url: `${root}/v2.0/.well-known/openid-configuration` });
    const token = await send(emulator, { method: "POST", url: `${root}/oauth2/v2.0/token` });
    for (const answer of [found, token]) {
      assert.equal(answer.status, 400);
      assert.deepEqual(answer.json<{ error_codes: number[] }>().error_codes, [90002]);
    }
  });

  it("takes an assertion once", async () => {
    const used = await assertion();
    await byAssertion(async () => used).getToken(arm);
    await assert.rejects(byAssertion(async () => used).getToken(arm), /AADSTS50027/);
  });

  it("refuses a certificate that is not the application's with AADSTS700027", async () => {
    const { clientCertificate } = await import("../emulator/core/certificates.ts");
    const { pem } = await clientCertificate("other");
    const credential = new ClientCertificateCredential(tenant(), client(), { certificate: pem }, options());
    await assert.rejects(credential.getToken(arm), /AADSTS700027/);
  });

  describe("judges an assertion that an application signs with its certificate", () => {
    const own = async (change: { readonly claims?: object; readonly thumbprint?: string } = {}) => {
      const pem = parameter("images-certificate", "servicePrincipalCertificate");
      const raw = new X509Certificate(pem).raw;
      const now = Math.floor(emulator.world.clock.now().getTime() / 1000);
      const token = `${emulator.description.authorityUrl}/${tenant()}/oauth2/v2.0/token`;
      const claims = {
        iss: client(),
        sub: client(),
        aud: token,
        jti: emulator.world.newGuid(),
        nbf: now,
        exp: now + 600,
      };
      const signed = await new SignJWT({ ...claims, ...change.claims })
        .setProtectedHeader({
          alg: "PS256",
          typ: "JWT",
          "x5t#S256": change.thumbprint ?? createHash("sha256").update(raw).digest("base64url"),
        })
        .sign(createPrivateKey(pem));
      const form = {
        grant_type: "client_credentials",
        client_id: client(),
        scope: arm,
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: signed,
      };
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const body = new URLSearchParams(form).toString();
      return { again: () => send(emulator, { method: "POST", url: token, headers, body }) };
    };
    const codes = async (change?: Parameters<typeof own>[0]): Promise<readonly number[]> => {
      const answer = await (await own(change)).again();
      return answer.status === 200 ? [] : answer.json<{ error_codes: number[] }>().error_codes;
    };

    it("and takes a good one once", async () => {
      const { again } = await own();
      assert.equal((await again()).status, 200);
      assert.deepEqual((await again()).json<{ error_codes: number[] }>().error_codes, [50027]);
    });

    const faults: readonly (readonly [what: string, change: Parameters<typeof own>[0], code: number])[] = [
      ["for another audience", { claims: { aud: "https://login.example/oauth2/v2.0/token" } }, 700023],
      ["of another subject", { claims: { sub: "someone" } }, 700023],
      ["that has ended", { claims: { nbf: 1000, exp: 1600 } }, 700024],
      ["that never ends", { claims: { exp: undefined } }, 700024],
      ["without an identifier", { claims: { jti: undefined } }, 50027],
      ["of a certificate that is none of the application's", { thumbprint: "AAAA" }, 700027],
    ];
    for (const [what, change, code] of faults) {
      it(`and refuses one ${what} with AADSTS${code}`, async () => {
        assert.deepEqual(await codes(change), [code]);
      });
    }

    it("and refuses one of a certificate that has ended, saying so", async () => {
      const later = await createEmulator({ start: new Date(Date.now() + 2 * 365 * 24 * 60 * 60_000) });
      try {
        const { parameters } = later.description.connections["images-certificate"] ?? assert.fail();
        const credential = new ClientAssertionCredential(
          later.description.tenantId,
          client(),
          async () => {
            const pem = parameters["servicePrincipalCertificate"] ?? "";
            const now = Math.floor(later.world.clock.now().getTime() / 1000);
            const aud = `${later.description.authorityUrl}/${later.description.tenantId}/oauth2/v2.0/token`;
            return new SignJWT({ iss: client(), sub: client(), aud, jti: "1", nbf: now, exp: now + 600 })
              .setProtectedHeader({
                alg: "RS256",
                x5t: createHash("sha1").update(new X509Certificate(pem).raw).digest("base64url"),
              })
              .sign(createPrivateKey(pem));
          },
          {
            authorityHost: later.description.authorityUrl,
            disableInstanceDiscovery: true,
            tlsOptions: { ca: later.world.caPem },
          },
        );
        await assert.rejects(credential.getToken(arm), /AADSTS700027.*is expired on application/);
      } finally {
        await later.close();
      }
    });
  });

  describe("serves the metadata of the agent's machine", () => {
    const ask = async (query: string, headers: Readonly<Record<string, string>> = { Metadata: "true" }) => {
      const url = `${emulator.description.metadataUrl ?? ""}/metadata/identity/oauth2/token${query}`;
      const answer = await fetch(url, { headers });
      return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> };
    };
    const good = "?api-version=2018-02-01&resource=https://management.azure.com/";
    const agentId = (): string => connection("images-managed-identity").data["msiclientId"] ?? "";

    it("with a token of its identity, by client ID or as the only one", async () => {
      for (const query of [good, `${good}&client_id=${agentId()}`]) {
        const { status, body } = await ask(query);
        assert.equal(status, 200);
        assert.equal(decodeJwt(String(body["access_token"])).appid, agentId());
      }
    });

    for (const [what, query, headers, said] of [
      [
        "an unknown client ID",
        `${good}&client_id=00000000-0000-4000-8000-00000000dead`,
        undefined,
        /Identity not found/,
      ],
      ["no header", good, {}, /Required metadata header/],
      ["no version", "?resource=https://management.azure.com/", undefined, /api-version was not specified/],
      ["an old version", "?api-version=2017-01-01&resource=https://management.azure.com/", undefined, /not supported/],
    ] as const) {
      it(`and refuses a request with ${what}`, async () => {
        const { status, body } = await ask(query, headers);
        assert.equal(status, 400);
        assert.match(JSON.stringify(body), said);
      });
    }

    it("with the machine's own identity before others, where it has one", async () => {
      const world = defaultWorld();
      const [pipeline] = world.applications;
      const machine = { ownIdentity: pipeline?.name ?? "", identities: ["id-agent", "id-imagebuilder"] };
      const other = await createEmulator({ world: { ...world, agentMachine: machine } });
      try {
        const url = `${other.description.metadataUrl ?? ""}/metadata/identity/oauth2/token${good}`;
        const answer = (await (await fetch(url, { headers: { Metadata: "true" } })).json()) as { access_token: string };
        assert.equal(decodeJwt(answer.access_token).appid, pipeline?.clientId);
      } finally {
        await other.close();
      }
    });
  });

  it("hands a job an assertion of ten minutes for its service connection", async () => {
    const answer = await oidc();
    const claims = decodeJwt(answer.json<{ oidcToken: string }>().oidcToken);
    assert.equal(claims.sub, "sc://fabrikam/images/images-prod");
    assert.equal((claims.exp ?? 0) - (claims.iat ?? 0), 600);
  });

  it("names the pipeline in an assertion that is for no connection", async () => {
    const answer = await oidc({ query: "api-version=7.1" });
    assert.match(String(decodeJwt(answer.json<{ oidcToken: string }>().oidcToken).sub), /^p:\/\/fabrikam\/images\//);
  });

  it("refuses the assertion endpoint to who is not the job, and for what is not in the run", async () => {
    const key = connection("images-key").id;
    assert.equal((await oidc({ token: "wrong" })).status, 401);
    assert.equal((await oidc({ plan: "00000000-0000-4000-8000-000000000000" })).status, 404);
    assert.equal((await oidc({ query: `api-version=7.1&serviceConnectionId=${key}` })).status, 404);
    assert.equal((await oidc({ query: "api-version=5.0" })).status, 400);
  });

  it("answers 501 for what it does not serve", async () => {
    const token = await send(emulator, {
      method: "POST",
      url: `${emulator.description.authorityUrl}/${tenant()}/oauth2/token`,
    });
    const projects = await send(emulator, { url: `${emulator.description.devopsUrl}/fabrikam/_apis/projects` });
    assert.deepEqual([token.status, projects.status], [501, 501]);
  });
});
