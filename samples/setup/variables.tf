# Parameters of main.tf. The same as those of azuredeploy.json, and the two places that a deployment of Azure knows by itself.

variable "subscription_id" {
  type        = string
  description = "Subscription that images are made in."
}

variable "resource_group_name" {
  type        = string
  description = "Resource group that is there."
}

variable "location" {
  type        = string
  description = "Region of everything that is made here. Templates must be in it as well."
  default     = null
}

variable "pipeline_principal_id" {
  type        = string
  description = "Object ID of the service principal of the service connection that builds."
}

variable "storage_account_name" {
  type        = string
  description = "Storage account that hands artifacts over; its name is unique in all of Azure."

  validation {
    condition     = length(var.storage_account_name) >= 3 && length(var.storage_account_name) <= 24
    error_message = "From 3 to 24 characters."
  }
}

variable "identity_name" {
  type        = string
  description = "User-assigned identity that image templates work as."
  default     = "id-image-builder"
}

variable "build_vm_identity_name" {
  type        = string
  description = "User-assigned identity of build VMs, which fetches artifacts without a signed address. Empty: none."
  default     = ""
}

variable "gallery_name" {
  type        = string
  description = "Azure Compute Gallery. Letters, digits, dots and underscores."
  default     = "galimages"
}

variable "image_definition_name" {
  type        = string
  description = "Image definition in the gallery."
  default     = "ubuntu-web"
}

variable "os_type" {
  type        = string
  description = "Operating system of the image definition."
  default     = "Linux"

  validation {
    condition     = contains(["Linux", "Windows"], var.os_type)
    error_message = "One of Linux, Windows."
  }
}

variable "image_publisher" {
  type        = string
  description = "Publisher of the image definition; with offer and SKU unique in the gallery."
  default     = "contoso"
}

variable "image_offer" {
  type        = string
  description = "Offer of the image definition."
  default     = "images"
}

variable "image_sku" {
  type        = string
  description = "SKU of the image definition."
  default     = "ubuntu-web"
}

variable "container_name" {
  type        = string
  description = "Container of the artifacts; the default of the tasks."
  default     = "imagebuilder"
}

variable "blob_retention_days" {
  type        = number
  description = "Artifacts that no build has used for so many days are deleted by the account. More than artifactRetentionDays of the task."
  default     = 30

  validation {
    condition     = var.blob_retention_days >= 8 && var.blob_retention_days <= 365
    error_message = "From 8 to 365."
  }
}

variable "virtual_network_name" {
  type        = string
  description = "Virtual network for builds. Empty: none, and the service makes one for each build."
  default     = ""
}

variable "address_prefix" {
  type        = string
  description = "Address range of the virtual network."
  default     = "10.20.0.0/16"
}

variable "build_subnet_prefix" {
  type        = string
  description = "Address range of the subnet of build VMs."
  default     = "10.20.1.0/24"
}

variable "container_subnet_prefix" {
  type        = string
  description = "Address range of the subnet for containers of the service."
  default     = "10.20.2.0/24"
}

variable "managed_images" {
  type        = bool
  description = "The identity may also make managed images in this resource group."
  default     = false
}

variable "read_build_logs" {
  type        = bool
  description = "The service connection may read the log of a build. It lies in a group that the service names, so that the right is given on the subscription: blobs of all its accounts can be read."
  default     = true
}

variable "lifecycle_principal_id" {
  type        = string
  description = "Object ID of the service principal of the service connection that looks after images. Empty: none."
  default     = ""
}

variable "lifecycle_deletes" {
  type        = bool
  description = "That connection may also delete image versions, image templates and artifacts."
  default     = false
}

variable "role_name_suffix" {
  type        = string
  description = "Put behind the names of the custom roles, which are unique in a tenant. Needed for a second subscription."
  default     = ""
}
