// What AzureImageBuilder@1 and AzureImageLifecycle@1 need in a resource group. The same as azuredeploy.json, main.tf and setup.sh.
//   az deployment group create -g <group> -f main.bicep -p pipelinePrincipalId=<object ID> storageAccountName=<name>

@description('Region of everything that is made here. Templates must be in it as well.')
param location string = resourceGroup().location

@description('Object ID of the service principal of the service connection that builds.')
param pipelinePrincipalId string

@description('Storage account that hands artifacts over; its name is unique in all of Azure.')
@minLength(3)
@maxLength(24)
param storageAccountName string

@description('User-assigned identity that image templates work as.')
param identityName string = 'id-image-builder'

@description('User-assigned identity of build VMs, which fetches artifacts without a signed address. Empty: none.')
param buildVmIdentityName string = ''

@description('Azure Compute Gallery. Letters, digits, dots and underscores.')
param galleryName string = 'galimages'

@description('Image definition in the gallery.')
param imageDefinitionName string = 'ubuntu-web'

@description('Operating system of the image definition.')
@allowed([
  'Linux'
  'Windows'
])
param osType string = 'Linux'

@description('Publisher of the image definition; with offer and SKU unique in the gallery.')
param imagePublisher string = 'contoso'

@description('Offer of the image definition.')
param imageOffer string = 'images'

@description('SKU of the image definition.')
param imageSku string = 'ubuntu-web'

@description('Container of the artifacts; the default of the tasks.')
param containerName string = 'imagebuilder'

@description('Artifacts that no build has used for so many days are deleted by the account. More than artifactRetentionDays of the task.')
@minValue(8)
@maxValue(365)
param blobRetentionDays int = 30

@description('Virtual network for builds. Empty: none, and the service makes one for each build.')
param virtualNetworkName string = ''

@description('Address range of the virtual network.')
param addressPrefix string = '10.20.0.0/16'

@description('Address range of the subnet of build VMs.')
param buildSubnetPrefix string = '10.20.1.0/24'

@description('Address range of the subnet for containers of the service.')
param containerSubnetPrefix string = '10.20.2.0/24'

@description('The identity may also make managed images in this resource group.')
param managedImages bool = false

@description('The service connection may read the log of a build. It lies in a group that the service names, so that the right is given on the subscription: blobs of all its accounts can be read.')
param readBuildLogs bool = true

@description('Object ID of the service principal of the service connection that looks after images. Empty: none.')
param lifecyclePrincipalId string = ''

@description('That connection may also delete image versions, image templates and artifacts.')
param lifecycleDeletes bool = false

@description('Put behind the names of the custom roles, which are unique in a tenant. Needed for a second subscription.')
param roleNameSuffix string = ''

var virtualNetwork = empty(virtualNetworkName) ? 'none' : virtualNetworkName
var buildVmIdentity = empty(buildVmIdentityName) ? 'none' : buildVmIdentityName
var hasNetwork = !empty(virtualNetworkName)
var hasBuildVmIdentity = !empty(buildVmIdentityName)
var hasLifecycle = !empty(lifecyclePrincipalId)
var mayDelete = hasLifecycle && lifecycleDeletes
var roles = {
  'artifact-reader': loadJsonContent('roles/artifact-reader.json')
  'connection-artifacts': loadJsonContent('roles/connection-artifacts.json')
  'connection-checks': loadJsonContent('roles/connection-checks.json')
  'connection-group': loadJsonContent('roles/connection-group.json')
  'connection-log': loadJsonContent('roles/connection-log.json')
  'connection-signing': loadJsonContent('roles/connection-signing.json')
  'connection-subscription': loadJsonContent('roles/connection-subscription.json')
  'connection-tags': loadJsonContent('roles/connection-tags.json')
  'identity-assign': loadJsonContent('roles/identity-assign.json')
  'identity-gallery': loadJsonContent('roles/identity-gallery.json')
  'identity-images': loadJsonContent('roles/identity-images.json')
  'identity-network': loadJsonContent('roles/identity-network.json')
  'lifecycle-delete': loadJsonContent('roles/lifecycle-delete.json')
  'lifecycle-promote': loadJsonContent('roles/lifecycle-promote.json')
  'lifecycle-sweep': loadJsonContent('roles/lifecycle-sweep.json')
  'lifecycle-uses': loadJsonContent('roles/lifecycle-uses.json')
}

// Custom roles, and what is assigned on the subscription.
module subscriptionRoles 'subscription.bicep' = {
  name: 'image-builder-subscription'
  scope: subscription()
  params: {
    roles: roles
    roleNameSuffix: roleNameSuffix
    pipelinePrincipalId: pipelinePrincipalId
    readBuildLogs: readBuildLogs
    lifecyclePrincipalId: lifecyclePrincipalId
    mayDelete: mayDelete
  }
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: identityName
  location: location
}

resource vmIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = if (hasBuildVmIdentity) {
  name: buildVmIdentity
  location: location
}

resource gallery 'Microsoft.Compute/galleries@2024-03-03' = {
  name: galleryName
  location: location
  properties: {
    description: 'Images of pipelines'
  }
}

resource definition 'Microsoft.Compute/galleries/images@2024-03-03' = {
  parent: gallery
  name: imageDefinitionName
  location: location
  properties: {
    osType: osType
    osState: 'Generalized'
    hyperVGeneration: 'V2'
    architecture: 'x64'
    identifier: {
      publisher: imagePublisher
      offer: imageOffer
      sku: imageSku
    }
    features: [
      {
        name: 'SecurityType'
        value: 'TrustedLaunchSupported'
      }
    ]
  }
}

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: storageAccountName
  location: location
  sku: {
    name: 'Standard_LRS'
  }
  kind: 'StorageV2'
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' existing = {
  parent: account
  name: 'default'
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: containerName
  properties: {
    publicAccess: 'None'
  }
}

resource retention 'Microsoft.Storage/storageAccounts/managementPolicies@2023-05-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'artifacts-of-builds'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: [
                'blockBlob'
              ]
              prefixMatch: [
                '${containerName}/v1/'
                '${containerName}/incoming/'
              ]
            }
            actions: {
              baseBlob: {
                delete: {
                  daysAfterModificationGreaterThan: blobRetentionDays
                }
              }
            }
          }
        }
      ]
    }
  }
}

// Subnets have no way out by default, and the service's containers leave theirs by a NAT gateway alone.
resource address 'Microsoft.Network/publicIPAddresses@2024-05-01' = if (hasNetwork) {
  name: 'pip-${virtualNetwork}'
  location: location
  sku: {
    name: 'Standard'
  }
  properties: {
    publicIPAllocationMethod: 'Static'
  }
}

resource wayOut 'Microsoft.Network/natGateways@2024-05-01' = if (hasNetwork) {
  name: 'nat-${virtualNetwork}'
  location: location
  sku: {
    name: 'Standard'
  }
  properties: {
    publicIpAddresses: [
      {
        id: address.id
      }
    ]
  }
}

resource rules 'Microsoft.Network/networkSecurityGroups@2024-05-01' = if (hasNetwork) {
  name: 'nsg-${virtualNetwork}-build'
  location: location
  properties: {
    securityRules: [
      {
        name: 'AzureImageBuilder'
        properties: {
          priority: 400
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'AzureLoadBalancer'
          sourcePortRange: '*'
          destinationAddressPrefix: 'VirtualNetwork'
          destinationPortRange: '60000-60001'
        }
      }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = if (hasNetwork) {
  name: virtualNetwork
  location: location
  properties: {
    addressSpace: {
      addressPrefixes: [
        addressPrefix
      ]
    }
    subnets: [
      {
        name: 'build'
        properties: {
          addressPrefix: buildSubnetPrefix
          privateLinkServiceNetworkPolicies: 'Disabled'
          natGateway: {
            id: wayOut.id
          }
          networkSecurityGroup: {
            id: rules.id
          }
          serviceEndpoints: [
            {
              service: 'Microsoft.Storage'
            }
          ]
        }
      }
      {
        name: 'containers'
        properties: {
          addressPrefix: containerSubnetPrefix
          natGateway: {
            id: wayOut.id
          }
          serviceEndpoints: [
            {
              service: 'Microsoft.Storage'
            }
          ]
          delegations: [
            {
              name: 'containers'
              properties: {
                serviceName: 'Microsoft.ContainerInstance/containerGroups'
              }
            }
          ]
        }
      }
    ]
  }
}

// The template's identity, and that of build VMs.
resource identityWritesVersions 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: gallery
  name: guid(gallery.id, 'identity-gallery', identityName)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'identity-gallery'))
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    subscriptionRoles
  ]
}

resource identityWritesImages 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (managedImages) {
  name: guid(resourceGroup().id, 'identity-images', identityName)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'identity-images'))
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    subscriptionRoles
  ]
}

resource identityJoinsNetwork 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (hasNetwork) {
  scope: network
  name: guid(network.id, 'identity-network', identityName)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'identity-network'))
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    subscriptionRoles
  ]
}

resource identityAssignsVmIdentity 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (hasBuildVmIdentity) {
  scope: vmIdentity
  name: guid(vmIdentity.id, 'identity-assign', identityName)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'identity-assign'))
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    subscriptionRoles
  ]
}

resource identityReadsArtifacts 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: container
  name: guid(container.id, 'artifact-reader', identityName)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'artifact-reader'))
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    subscriptionRoles
  ]
}

resource vmIdentityReadsArtifacts 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (hasBuildVmIdentity) {
  scope: container
  name: guid(container.id, 'artifact-reader', buildVmIdentity)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'artifact-reader'))
    principalId: vmIdentity.properties.principalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    subscriptionRoles
  ]
}

// The service connection that builds.
resource pipelineMakesTemplates 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, 'connection-group', pipelinePrincipalId)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'connection-group'))
    principalId: pipelinePrincipalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    subscriptionRoles
  ]
}

resource pipelineAssignsIdentity 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: identity
  name: guid(identity.id, 'identity-assign', pipelinePrincipalId)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'identity-assign'))
    principalId: pipelinePrincipalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    subscriptionRoles
  ]
}

resource pipelineSignsAddresses 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, 'connection-signing', pipelinePrincipalId)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'connection-signing'))
    principalId: pipelinePrincipalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    subscriptionRoles
  ]
}

resource pipelineUploadsArtifacts 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: container
  name: guid(container.id, 'connection-artifacts', pipelinePrincipalId)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'connection-artifacts'))
    principalId: pipelinePrincipalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    subscriptionRoles
  ]
}

resource pipelineTagsVersions 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: gallery
  name: guid(gallery.id, 'connection-tags', pipelinePrincipalId)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'connection-tags'))
    principalId: pipelinePrincipalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    subscriptionRoles
  ]
}

resource pipelineTagsImages 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (managedImages) {
  name: guid(resourceGroup().id, 'connection-tags', pipelinePrincipalId)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'connection-tags'))
    principalId: pipelinePrincipalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    subscriptionRoles
  ]
}

// The service connection that looks after images.
resource lifecyclePromotes 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (hasLifecycle) {
  scope: gallery
  name: guid(gallery.id, 'lifecycle-promote', lifecyclePrincipalId)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'lifecycle-promote'))
    principalId: lifecyclePrincipalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    subscriptionRoles
  ]
}

resource lifecycleDeletesVersions 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (mayDelete) {
  scope: gallery
  name: guid(gallery.id, 'lifecycle-delete', lifecyclePrincipalId)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'lifecycle-delete'))
    principalId: lifecyclePrincipalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    subscriptionRoles
  ]
}

resource lifecycleDeletesTemplates 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (mayDelete) {
  name: guid(resourceGroup().id, 'lifecycle-sweep', lifecyclePrincipalId)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'lifecycle-sweep'))
    principalId: lifecyclePrincipalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    subscriptionRoles
  ]
}

resource lifecycleDeletesArtifacts 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (mayDelete && lifecyclePrincipalId != pipelinePrincipalId) {
  scope: container
  name: guid(container.id, 'connection-artifacts', lifecyclePrincipalId)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'connection-artifacts'))
    principalId: lifecyclePrincipalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    subscriptionRoles
  ]
}

output managedIdentity string = identity.id
output buildVmIdentities string = hasBuildVmIdentity ? vmIdentity.id : ''
output galleryImage string = definition.id
output storageAccount string = account.id
output subnet string = hasNetwork ? '${network.id}/subnets/build' : ''
output containerInstanceSubnet string = hasNetwork ? '${network.id}/subnets/containers' : ''
