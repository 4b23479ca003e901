# What AzureImageBuilder@1 and AzureImageLifecycle@1 need in a resource group. The same as azuredeploy.json, main.bicep and setup.sh.
#   terraform apply -var subscription_id=<ID> -var resource_group_name=<group> \
#     -var pipeline_principal_id=<object ID> -var storage_account_name=<name>

terraform {
  required_version = ">= 1.5"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.9"
    }
  }
}

provider "azurerm" {
  subscription_id = var.subscription_id
  # No account key is ever used, and the account's data is left alone.
  storage_use_azuread = true

  resource_provider_registrations = "none"
  resource_providers_to_register = [
    "Microsoft.VirtualMachineImages",
    "Microsoft.Compute",
    "Microsoft.Storage",
    "Microsoft.Network",
    "Microsoft.KeyVault",
    "Microsoft.ContainerInstance",
    "Microsoft.ManagedIdentity",
    "Microsoft.PolicyInsights",
    "Microsoft.MarketplaceOrdering",
  ]

  features {
    storage {
      data_plane_available = false
    }
  }
}

data "azurerm_resource_group" "images" {
  name = var.resource_group_name
}

locals {
  location              = coalesce(var.location, data.azurerm_resource_group.images.location)
  subscription          = "/subscriptions/${var.subscription_id}"
  has_network           = var.virtual_network_name != ""
  has_build_vm_identity = var.build_vm_identity_name != ""
  has_lifecycle         = var.lifecycle_principal_id != ""
  may_delete            = local.has_lifecycle && var.lifecycle_deletes
  virtual_network_id    = one(azurerm_virtual_network.network[*].id)
  build_vm_identity_id  = one(azurerm_user_assigned_identity.build_vm[*].id)
  build_vm_principal_id = one(azurerm_user_assigned_identity.build_vm[*].principal_id)
  identity_principal_id = azurerm_user_assigned_identity.identity.principal_id
  roles                 = { for file in fileset("${path.module}/roles", "*.json") : trimsuffix(file, ".json") => jsondecode(file("${path.module}/roles/${file}")) }
}

resource "azurerm_user_assigned_identity" "identity" {
  name                = var.identity_name
  resource_group_name = data.azurerm_resource_group.images.name
  location            = local.location
}

resource "azurerm_user_assigned_identity" "build_vm" {
  count               = local.has_build_vm_identity ? 1 : 0
  name                = var.build_vm_identity_name
  resource_group_name = data.azurerm_resource_group.images.name
  location            = local.location
}

resource "azurerm_shared_image_gallery" "gallery" {
  name                = var.gallery_name
  resource_group_name = data.azurerm_resource_group.images.name
  location            = local.location
  description         = "Images of pipelines"
}

resource "azurerm_shared_image" "definition" {
  name                     = var.image_definition_name
  gallery_name             = azurerm_shared_image_gallery.gallery.name
  resource_group_name      = data.azurerm_resource_group.images.name
  location                 = local.location
  os_type                  = var.os_type
  specialized              = false
  hyper_v_generation       = "V2"
  architecture             = "x64"
  trusted_launch_supported = true

  identifier {
    publisher = var.image_publisher
    offer     = var.image_offer
    sku       = var.image_sku
  }
}

resource "azurerm_storage_account" "artifacts" {
  name                            = var.storage_account_name
  resource_group_name             = data.azurerm_resource_group.images.name
  location                        = local.location
  account_kind                    = "StorageV2"
  account_tier                    = "Standard"
  account_replication_type        = "LRS"
  allow_nested_items_to_be_public = false
  shared_access_key_enabled       = false
  default_to_oauth_authentication = true
  min_tls_version                 = "TLS1_2"
  https_traffic_only_enabled      = true
}

resource "azurerm_storage_container" "artifacts" {
  name                  = var.container_name
  storage_account_id    = azurerm_storage_account.artifacts.id
  container_access_type = "private"
}

resource "azurerm_storage_management_policy" "artifacts" {
  storage_account_id = azurerm_storage_account.artifacts.id

  rule {
    name    = "artifacts-of-builds"
    enabled = true

    filters {
      blob_types   = ["blockBlob"]
      prefix_match = ["${var.container_name}/v1/", "${var.container_name}/incoming/"]
    }

    actions {
      base_blob {
        delete_after_days_since_modification_greater_than = var.blob_retention_days
      }
    }
  }
}

# Subnets have no way out by default, and the service's containers leave theirs by a NAT gateway alone.
resource "azurerm_public_ip" "way_out" {
  count               = local.has_network ? 1 : 0
  name                = "pip-${var.virtual_network_name}"
  resource_group_name = data.azurerm_resource_group.images.name
  location            = local.location
  sku                 = "Standard"
  allocation_method   = "Static"
}

resource "azurerm_nat_gateway" "way_out" {
  count               = local.has_network ? 1 : 0
  name                = "nat-${var.virtual_network_name}"
  resource_group_name = data.azurerm_resource_group.images.name
  location            = local.location
  sku_name            = "Standard"
}

resource "azurerm_nat_gateway_public_ip_association" "way_out" {
  count                = local.has_network ? 1 : 0
  nat_gateway_id       = azurerm_nat_gateway.way_out[0].id
  public_ip_address_id = azurerm_public_ip.way_out[0].id
}

resource "azurerm_network_security_group" "build" {
  count               = local.has_network ? 1 : 0
  name                = "nsg-${var.virtual_network_name}-build"
  resource_group_name = data.azurerm_resource_group.images.name
  location            = local.location

  security_rule {
    name                       = "AzureImageBuilder"
    priority                   = 400
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_address_prefix      = "AzureLoadBalancer"
    source_port_range          = "*"
    destination_address_prefix = "VirtualNetwork"
    destination_port_range     = "60000-60001"
  }
}

resource "azurerm_virtual_network" "network" {
  count               = local.has_network ? 1 : 0
  name                = var.virtual_network_name
  resource_group_name = data.azurerm_resource_group.images.name
  location            = local.location
  address_space       = [var.address_prefix]
}

resource "azurerm_subnet" "build" {
  count                                         = local.has_network ? 1 : 0
  name                                          = "build"
  resource_group_name                           = data.azurerm_resource_group.images.name
  virtual_network_name                          = azurerm_virtual_network.network[0].name
  address_prefixes                              = [var.build_subnet_prefix]
  private_link_service_network_policies_enabled = false
  service_endpoints                             = ["Microsoft.Storage"]
}

resource "azurerm_subnet" "containers" {
  count                = local.has_network ? 1 : 0
  name                 = "containers"
  resource_group_name  = data.azurerm_resource_group.images.name
  virtual_network_name = azurerm_virtual_network.network[0].name
  address_prefixes     = [var.container_subnet_prefix]
  service_endpoints    = ["Microsoft.Storage"]

  delegation {
    name = "containers"

    service_delegation {
      name = "Microsoft.ContainerInstance/containerGroups"
    }
  }
}

resource "azurerm_subnet_network_security_group_association" "build" {
  count                     = local.has_network ? 1 : 0
  subnet_id                 = azurerm_subnet.build[0].id
  network_security_group_id = azurerm_network_security_group.build[0].id
}

resource "azurerm_subnet_nat_gateway_association" "build" {
  count          = local.has_network ? 1 : 0
  subnet_id      = azurerm_subnet.build[0].id
  nat_gateway_id = azurerm_nat_gateway.way_out[0].id
}

resource "azurerm_subnet_nat_gateway_association" "containers" {
  count          = local.has_network ? 1 : 0
  subnet_id      = azurerm_subnet.containers[0].id
  nat_gateway_id = azurerm_nat_gateway.way_out[0].id
}

resource "azurerm_role_definition" "roles" {
  for_each    = local.roles
  name        = "${each.value.Name}${var.role_name_suffix}"
  description = each.value.Description
  scope       = local.subscription

  permissions {
    actions      = each.value.Actions
    data_actions = each.value.DataActions
  }

  assignable_scopes = [local.subscription]
}

locals {
  # Who holds which role where; those that are not wanted are left out below.
  assignments = {
    identity_writes_versions     = { role = "identity-gallery", principal = local.identity_principal_id, scope = azurerm_shared_image_gallery.gallery.id, wanted = true }
    identity_writes_images       = { role = "identity-images", principal = local.identity_principal_id, scope = data.azurerm_resource_group.images.id, wanted = var.managed_images }
    identity_joins_network       = { role = "identity-network", principal = local.identity_principal_id, scope = local.virtual_network_id, wanted = local.has_network }
    identity_assigns_vm_identity = { role = "identity-assign", principal = local.identity_principal_id, scope = local.build_vm_identity_id, wanted = local.has_build_vm_identity }
    identity_reads_artifacts     = { role = "artifact-reader", principal = local.identity_principal_id, scope = azurerm_storage_container.artifacts.id, wanted = true }
    vm_identity_reads_artifacts  = { role = "artifact-reader", principal = local.build_vm_principal_id, scope = azurerm_storage_container.artifacts.id, wanted = local.has_build_vm_identity }
    pipeline_reads_subscription  = { role = "connection-subscription", principal = var.pipeline_principal_id, scope = local.subscription, wanted = true }
    pipeline_checks              = { role = "connection-checks", principal = var.pipeline_principal_id, scope = local.subscription, wanted = true }
    pipeline_reads_logs          = { role = "connection-log", principal = var.pipeline_principal_id, scope = local.subscription, wanted = var.read_build_logs }
    pipeline_makes_templates     = { role = "connection-group", principal = var.pipeline_principal_id, scope = data.azurerm_resource_group.images.id, wanted = true }
    pipeline_assigns_identity    = { role = "identity-assign", principal = var.pipeline_principal_id, scope = azurerm_user_assigned_identity.identity.id, wanted = true }
    pipeline_signs_addresses     = { role = "connection-signing", principal = var.pipeline_principal_id, scope = azurerm_storage_account.artifacts.id, wanted = true }
    pipeline_uploads_artifacts   = { role = "connection-artifacts", principal = var.pipeline_principal_id, scope = azurerm_storage_container.artifacts.id, wanted = true }
    pipeline_tags_versions       = { role = "connection-tags", principal = var.pipeline_principal_id, scope = azurerm_shared_image_gallery.gallery.id, wanted = true }
    pipeline_tags_images         = { role = "connection-tags", principal = var.pipeline_principal_id, scope = data.azurerm_resource_group.images.id, wanted = var.managed_images }
    lifecycle_promotes           = { role = "lifecycle-promote", principal = var.lifecycle_principal_id, scope = azurerm_shared_image_gallery.gallery.id, wanted = local.has_lifecycle }
    lifecycle_deletes_versions   = { role = "lifecycle-delete", principal = var.lifecycle_principal_id, scope = azurerm_shared_image_gallery.gallery.id, wanted = local.may_delete }
    lifecycle_finds_uses         = { role = "lifecycle-uses", principal = var.lifecycle_principal_id, scope = local.subscription, wanted = local.may_delete }
    lifecycle_deletes_templates  = { role = "lifecycle-sweep", principal = var.lifecycle_principal_id, scope = data.azurerm_resource_group.images.id, wanted = local.may_delete }
    lifecycle_deletes_artifacts  = { role = "connection-artifacts", principal = var.lifecycle_principal_id, scope = azurerm_storage_container.artifacts.id, wanted = local.may_delete && var.lifecycle_principal_id != var.pipeline_principal_id }
  }
}

resource "azurerm_role_assignment" "assignments" {
  for_each           = { for key, one in local.assignments : key => one if one.wanted }
  scope              = each.value.scope
  role_definition_id = azurerm_role_definition.roles[each.value.role].role_definition_resource_id
  principal_id       = each.value.principal
  principal_type     = "ServicePrincipal"
}

output "managedIdentity" {
  value = azurerm_user_assigned_identity.identity.id
}

output "buildVmIdentities" {
  value = local.has_build_vm_identity ? local.build_vm_identity_id : ""
}

output "galleryImage" {
  value = azurerm_shared_image.definition.id
}

output "storageAccount" {
  value = azurerm_storage_account.artifacts.id
}

output "subnet" {
  value = local.has_network ? azurerm_subnet.build[0].id : ""
}

output "containerInstanceSubnet" {
  value = local.has_network ? azurerm_subnet.containers[0].id : ""
}
