/** VM sizes with the capabilities that decide whether an image boots on them, and quotas (resource SKU and size documentation). */

export interface VmSize {
  /** Name of its quota. */
  readonly family: string;
  readonly vCPUs: number;
  readonly memoryGB: number;
  /** Hypervisor generations it boots. */
  readonly generations: "V1" | "V2" | "V1,V2";
  readonly architecture: "x64" | "Arm64";
  readonly controllers: "SCSI" | "NVMe" | "SCSI, NVMe";
  /** Cannot run Trusted Launch. */
  readonly trustedLaunchDisabled?: boolean;
  readonly premiumIO: boolean;
  readonly confidential?: "SNP" | "TDX";
  /** Regions (short names) that do not offer it. */
  readonly notIn: readonly string[];
  /** In every region it is offered in. */
  readonly restrictions: readonly SizeRestriction[];
}

export interface SizeRestriction {
  readonly type: "Location" | "Zone";
  readonly reasonCode: "NotAvailableForSubscription" | "QuotaId";
  readonly zones?: readonly string[];
}

export interface Quota {
  readonly currentValue: number;
  readonly limit: number;
}

type Row = Pick<VmSize, "family" | "vCPUs" | "memoryGB" | "generations"> & Partial<VmSize>;

function size(row: Row): VmSize {
  return { architecture: "x64", controllers: "SCSI", premiumIO: true, notIn: [], restrictions: [], ...row };
}

const both = "V1,V2";
const x2 = { vCPUs: 2, memoryGB: 8, generations: both } as const;
const x4 = { vCPUs: 4, memoryGB: 16, generations: both } as const;
const old = { generations: "V1", trustedLaunchDisabled: true, premiumIO: false } as const;
const arm = { generations: "V2", architecture: "Arm64" } as const;
const nvme = { generations: "V2", controllers: "NVMe" } as const;

/** By the name that templates give. Generations and controllers are those of the size pages; D_v3 boots generation 1 alone there. */
export const builtInSizes: Readonly<Record<string, VmSize>> = {
  Standard_A1_v2: size({ ...old, family: "standardAv2Family", vCPUs: 1, memoryGB: 2 }),
  Standard_A2_v2: size({ ...old, family: "standardAv2Family", vCPUs: 2, memoryGB: 4 }),
  Standard_B1s: size({ family: "standardBSFamily", vCPUs: 1, memoryGB: 1, generations: both }),
  Standard_B2s: size({ family: "standardBSFamily", vCPUs: 2, memoryGB: 4, generations: both }),
  Standard_B2ms: size({ ...x2, family: "standardBSFamily" }),
  Standard_D1_v2: size({ ...old, family: "standardDv2Family", vCPUs: 1, memoryGB: 3.5 }),
  Standard_D2_v2: size({ ...old, family: "standardDv2Family", vCPUs: 2, memoryGB: 7 }),
  Standard_DS1_v2: size({
    family: "standardDSv2Family",
    vCPUs: 1,
    memoryGB: 3.5,
    generations: both,
    trustedLaunchDisabled: true,
  }),
  Standard_DS2_v2: size({
    family: "standardDSv2Family",
    vCPUs: 2,
    memoryGB: 7,
    generations: both,
    trustedLaunchDisabled: true,
  }),
  Standard_D2_v3: size({ ...old, family: "standardDv3Family", vCPUs: 2, memoryGB: 8 }),
  Standard_D2s_v3: size({ ...x2, family: "standardDSv3Family" }),
  Standard_D4s_v3: size({ ...x4, family: "standardDSv3Family" }),
  Standard_D2s_v4: size({ ...x2, family: "standardDSv4Family" }),
  Standard_D2ds_v4: size({ ...x2, family: "standardDDSv4Family" }),
  Standard_D4ds_v4: size({ ...x4, family: "standardDDSv4Family" }),
  Standard_D2s_v5: size({ ...x2, family: "standardDSv5Family" }),
  Standard_D4s_v5: size({ ...x4, family: "standardDSv5Family" }),
  Standard_D8s_v5: size({ ...x4, vCPUs: 8, memoryGB: 32, family: "standardDSv5Family" }),
  Standard_D2ds_v5: size({ ...x2, family: "standardDDSv5Family" }),
  Standard_D4ds_v5: size({ ...x4, family: "standardDDSv5Family" }),
  Standard_D8ds_v5: size({ ...x4, vCPUs: 8, memoryGB: 32, family: "standardDDSv5Family" }),
  Standard_D2ads_v5: size({ ...x2, family: "standardDADSv5Family" }),
  Standard_D4ads_v5: size({ ...x4, family: "standardDADSv5Family" }),
  Standard_D2ds_v6: size({ ...x2, ...nvme, family: "StandardDdsv6Family" }),
  Standard_D4ds_v6: size({ ...x4, ...nvme, family: "StandardDdsv6Family" }),
  Standard_D2pds_v5: size({ ...x2, ...arm, family: "standardDPDSv5Family", trustedLaunchDisabled: true }),
  Standard_D4pds_v5: size({ ...x4, ...arm, family: "standardDPDSv5Family", trustedLaunchDisabled: true }),
  Standard_D2ps_v6: size({ ...x2, ...arm, ...nvme, family: "StandardDpsv6Family", trustedLaunchDisabled: true }),
  Standard_DC2ads_v5: size({
    ...x2,
    generations: "V2",
    family: "standardDCADSv5Family",
    confidential: "SNP",
    trustedLaunchDisabled: true,
    notIn: ["ukwest"],
  }),
  Standard_E2s_v5: size({ ...x2, memoryGB: 16, family: "standardESv5Family" }),
  Standard_F2s_v2: size({ ...x2, memoryGB: 4, family: "standardFSv2Family" }),
};

const families = [...new Set(Object.values(builtInSizes).map(({ family }) => family))];

/** By `name.value`: a family, the total of a region, and others that are listed beside. */
export const builtInQuotas: Readonly<Record<string, Quota>> = {
  availabilitySets: { currentValue: 0, limit: 2500 },
  cores: { currentValue: 6, limit: 100 },
  virtualMachines: { currentValue: 3, limit: 25000 },
  virtualMachineScaleSets: { currentValue: 0, limit: 2500 },
  lowPriorityCores: { currentValue: 0, limit: 100 },
  ...Object.fromEntries(families.map((family) => [family, { currentValue: 0, limit: 100 }])),
  PremiumDiskCount: { currentValue: 3, limit: 50000 },
};

/** Of Microsoft.ContainerInstance, by `name.value` (documentation of its limits: 100 groups, 100 cores by default). */
export const containerQuotas: Readonly<Record<string, Quota>> = {
  ContainerGroups: { currentValue: 0, limit: 100 },
  StandardCores: { currentValue: 0, limit: 100 },
  StandardSpotCores: { currentValue: 0, limit: 0 },
  StandardK80Cores: { currentValue: 0, limit: 0 },
  StandardV100Cores: { currentValue: 0, limit: 0 },
};
