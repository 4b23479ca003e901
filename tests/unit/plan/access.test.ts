import assert from "node:assert/strict";
import type { BlobReaderFacts, ConnectionBlobFacts } from "../../../tasks/AzureImageBuilderV1/src/facts/types.ts";
import { collectFindings, type Findings } from "../../../tasks/AzureImageBuilderV1/src/findings.ts";
import { type AccessPlanning, planAccess } from "../../../tasks/AzureImageBuilderV1/src/plan/access.ts";
import type { StorageAccountFacts } from "../../../tasks/AzureImageBuilderV1/src/ports.ts";
import { group, identity, subnet } from "../inputs/step.ts";
import { factsOf } from "./facts.ts";

const account = factsOf().storageAccount as StorageAccountFacts;
const vmIdentity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/vm`;
const containerSubnet = `${subnet}-aci`;

const reads = (id: string): BlobReaderFacts => ({ id, state: "reads" });
const noRole = (id: string): BlobReaderFacts => ({ id, state: "noRole", principalId: "p-1" });
const unknown = (id: string): BlobReaderFacts => ({ id, state: "unknown", unread: "roles" });

const mayAll = { delegation: "yes", upload: "yes", keys: "yes" } as const;

interface Case {
  readonly access?: AccessPlanning["artifact"]["access"];
  readonly vm?: BlobReaderFacts;
  readonly template?: BlobReaderFacts;
  readonly delegation?: ConnectionBlobFacts["delegation"];
  readonly upload?: ConnectionBlobFacts["upload"];
  readonly keys?: ConnectionBlobFacts["keys"];
  readonly account?: Partial<StorageAccountFacts>;
  readonly network?: AccessPlanning["inputs"]["network"];
}

function plan(given: Case): { readonly kinds: readonly string[]; readonly findings: Findings } {
  const findings = collectFindings();
  const { access = "auto", vm, template = noRole(identity), network } = given;
  const { delegation = "yes", upload = "yes", keys = "yes" } = given;
  const ways = planAccess({
    inputs: {
      buildVmIdentities: vm === undefined ? [] : [vm.id],
      managedIdentity: identity,
      ...(network === undefined ? {} : { network }),
    },
    artifact: { access, container: "imagebuilder" },
    account: { ...account, ...given.account },
    facts: {
      vmIdentities: vm === undefined ? [] : [vm],
      templateIdentity: template,
      connection: { delegation, upload, keys },
    },
    findings,
  });
  return { kinds: ways.map(({ kind }) => kind), findings };
}

const codes = ({ notes, problems }: Findings): readonly string[] => [...notes, ...problems].map(({ code }) => code);
const closed = { publicNetworkAccess: "Disabled" } as const;
const chosen = { publicNetworkAccess: "Enabled", defaultAction: "Deny" } as const;
const inSubnet = { subnet };
const inBoth = { subnet, containerInstanceSubnet: containerSubnet };

describe("artifactAccess: auto", () => {
  const cases: readonly (readonly [title: string, given: Case, kinds: readonly string[], codes: readonly string[]])[] =
    [
      [
        "takes the build VM's identity first, and nothing beside it",
        { vm: reads(vmIdentity), template: reads(identity) },
        ["vmIdentity"],
        ["AIB215"],
      ],
      [
        "takes the template's identity, and signs for what is too large",
        { template: reads(identity) },
        ["templateIdentity", "delegationSas"],
        ["AIB215"],
      ],
      [
        "leaves signing out where the connection may not",
        { template: reads(identity), delegation: "no" },
        ["templateIdentity"],
        ["AIB215"],
      ],
      ["signs where no identity may read", { vm: noRole(vmIdentity) }, ["delegationSas"], ["AIB215"]],
      [
        "signs where nothing is known",
        { template: unknown(identity), delegation: "unknown" },
        ["delegationSas"],
        ["AIB216", "AIB215"],
      ],
      [
        "does not take an identity whose roles are unknown",
        { vm: unknown(vmIdentity) },
        ["delegationSas"],
        ["AIB216", "AIB215"],
      ],
      [
        "takes an identity whose roles are unknown where signing cannot work",
        { vm: unknown(vmIdentity), delegation: "no" },
        ["vmIdentity"],
        ["AIB216", "AIB215"],
      ],
      [
        "takes the build VM's identity to a closed account from a subnet",
        { vm: reads(vmIdentity), account: closed, network: inSubnet },
        ["vmIdentity"],
        ["AIB215"],
      ],
      [
        "leaves the service out where it cannot reach the account",
        { template: reads(identity), account: chosen, network: inSubnet },
        ["delegationSas"],
        ["AIB215"],
      ],
      [
        "lets the service in by the container subnet's rule",
        {
          template: reads(identity),
          account: { ...chosen, allowedSubnets: [containerSubnet.toUpperCase()] },
          network: inBoth,
        },
        ["templateIdentity", "delegationSas"],
        ["AIB215"],
      ],
      [
        "does not count on a rule where public access is off",
        { template: reads(identity), account: { ...closed, allowedSubnets: [containerSubnet] }, network: inBoth },
        ["delegationSas"],
        ["AIB216", "AIB215"],
      ],
      [
        "signs for an account in a perimeter, whose rules are unknown",
        { account: { publicNetworkAccess: "SecuredByPerimeter" } },
        ["delegationSas"],
        ["AIB215"],
      ],
    ];
  for (const [title, given, kinds, expected] of cases) {
    it(title, () => {
      const planned = plan(given);
      assert.deepEqual([planned.kinds, codes(planned.findings)], [kinds, expected]);
    });
  }

  it("names the identity that fetches", () => {
    const findings = collectFindings();
    const ways = planAccess({
      inputs: { buildVmIdentities: [identity, vmIdentity], managedIdentity: identity },
      artifact: { access: "auto", container: "imagebuilder" },
      account,
      facts: { vmIdentities: [noRole(identity), reads(vmIdentity)], connection: mayAll },
      findings,
    });
    assert.deepEqual(ways, [{ kind: "vmIdentity", identityId: vmIdentity }]);
    assert.match(findings.notes[0]?.message ?? "", /its identity vm\b/);
  });

  it("leaves archives of 20 MB and more to the next way", () => {
    const ways = planAccess({
      inputs: { buildVmIdentities: [], managedIdentity: identity },
      artifact: { access: "auto", container: "imagebuilder" },
      account,
      facts: { vmIdentities: [], templateIdentity: reads(identity), connection: mayAll },
      findings: collectFindings(),
    });
    assert.deepEqual(ways, [{ kind: "templateIdentity", maxBytes: 19_999_999 }, { kind: "delegationSas" }]);
  });

  it("is a problem where no way can work, with each reason", () => {
    const { findings } = plan({ vm: noRole(vmIdentity), account: closed });
    assert.deepEqual(codes(findings), ["AIB137"]);
    assert.match(
      findings.problems[0]?.message ?? "",
      /vmIdentity fails because .*disabled.*templateIdentity.*delegationSas/,
    );
  });

  it("is a problem of the account where the connection may not upload, with the command that lets it", () => {
    const { findings } = plan({ vm: reads(vmIdentity), upload: "no" });
    assert.deepEqual(
      findings.problems.map(({ input, code }) => `${input} ${code}`),
      ["storageAccount AIB136"],
    );
    const command = `--role "Storage Blob Data Contributor" --scope ${account.id}/blobServices/default/containers/imagebuilder`;
    assert.ok(findings.problems[0]?.legal.includes(command), findings.problems[0]?.legal);
  });

  it("says nothing of reads that a plan on paper cannot make", () => {
    const findings = collectFindings();
    const inputs = { buildVmIdentities: [vmIdentity], managedIdentity: identity };
    const artifact = { access: "auto", container: "imagebuilder" } as const;
    const ways = planAccess({ inputs, artifact, account, facts: undefined, findings });
    assert.deepEqual([ways, codes(findings)], [[{ kind: "delegationSas" }], ["AIB215"]]);
  });
});

describe("a way of access that is asked for", () => {
  const cases: readonly (readonly [title: string, given: Case, codes: readonly string[]])[] = [
    ["is taken where it can work", { access: "vmIdentity", vm: reads(vmIdentity) }, []],
    ["is taken with a note where that is unknown", { access: "vmIdentity", vm: unknown(vmIdentity) }, ["AIB216"]],
    [
      "is a problem where the build VM's identity has no role",
      { access: "vmIdentity", vm: noRole(vmIdentity) },
      ["AIB136"],
    ],
    ["is a problem where the template's identity has no role", { access: "templateIdentity" }, ["AIB136"]],
    [
      "is a problem where there is no such identity",
      { access: "templateIdentity", template: { id: identity, state: "absent" } },
      ["AIB131"],
    ],
    [
      "is a problem where the build VM cannot reach the account",
      { access: "delegationSas", account: closed },
      ["AIB137"],
    ],
    ["is a problem where the account lets chosen networks in", { access: "accountKey", account: chosen }, ["AIB137"]],
    [
      "is a problem where the service cannot reach the account",
      { access: "templateIdentity", template: reads(identity), account: closed, network: inSubnet },
      ["AIB137"],
    ],
    [
      "is a problem for role and network together",
      { access: "vmIdentity", vm: noRole(vmIdentity), account: closed },
      ["AIB137", "AIB136"],
    ],
    ["is taken from a subnet", { access: "delegationSas", account: closed, network: inSubnet }, []],
    ["needs no role of an identity to be signed", { access: "delegationSas", delegation: "unknown" }, []],
    ["is a problem where the connection may not sign", { access: "delegationSas", delegation: "no" }, ["AIB136"]],
    ["is a problem where the connection may not read keys", { access: "accountKey", keys: "no" }, ["AIB136"]],
    ["needs no right to blobs beside the key", { access: "accountKey", upload: "no" }, []],
    [
      "is a problem where the connection may not upload",
      { access: "vmIdentity", vm: reads(vmIdentity), upload: "no" },
      ["AIB136"],
    ],
    [
      "is taken where it is unknown whether the connection may upload",
      { access: "vmIdentity", vm: reads(vmIdentity), upload: "unknown" },
      [],
    ],
  ];
  for (const [title, given, expected] of cases) {
    it(title, () => {
      const { kinds, findings } = plan(given);
      assert.deepEqual([kinds, codes(findings)], [[given.access], expected]);
    });
  }

  it("comes with the command that assigns the missing role", () => {
    const { findings } = plan({ access: "vmIdentity", vm: noRole(vmIdentity) });
    const scope = `${account.id}/blobServices/default/containers/imagebuilder`;
    assert.ok(
      findings.problems[0]?.legal.includes(
        "az role assignment create --assignee-object-id p-1 --assignee-principal-type ServicePrincipal " +
          `--role "Storage Blob Data Reader" --scope ${scope}`,
      ),
    );
  });
});
