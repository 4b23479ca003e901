// Custom roles of the subscription, and what is assigned on it. Used by main.bicep.
targetScope = 'subscription'

param roles object
param roleNameSuffix string
param pipelinePrincipalId string
param readBuildLogs bool
param lifecyclePrincipalId string
param mayDelete bool

resource roleDefinitions 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [for role in items(roles): {
  name: guid(subscription().id, 'image-builder', role.key)
  properties: {
    roleName: '${role.value.Name}${roleNameSuffix}'
    description: role.value.Description
    type: 'CustomRole'
    permissions: [
      {
        actions: role.value.Actions
        notActions: []
        dataActions: role.value.DataActions
        notDataActions: []
      }
    ]
    assignableScopes: [
      subscription().id
    ]
  }
}]

resource pipelineReadsSubscription 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, 'connection-subscription', pipelinePrincipalId)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'connection-subscription'))
    principalId: pipelinePrincipalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    roleDefinitions
  ]
}

resource pipelineChecks 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, 'connection-checks', pipelinePrincipalId)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'connection-checks'))
    principalId: pipelinePrincipalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    roleDefinitions
  ]
}

resource pipelineReadsLogs 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (readBuildLogs) {
  name: guid(subscription().id, 'connection-log', pipelinePrincipalId)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'connection-log'))
    principalId: pipelinePrincipalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    roleDefinitions
  ]
}

resource lifecycleFindsUses 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (mayDelete) {
  name: guid(subscription().id, 'lifecycle-uses', lifecyclePrincipalId)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid(subscription().id, 'image-builder', 'lifecycle-uses'))
    principalId: lifecyclePrincipalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [
    roleDefinitions
  ]
}
