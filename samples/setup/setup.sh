#!/usr/bin/env bash
# What AzureImageBuilder@1 and AzureImageLifecycle@1 need in a resource group. The same as azuredeploy.json, main.bicep and main.tf.
#   az login
#   ./setup.sh --resource-group <group> --pipeline-principal-id <object ID> --storage-account-name <name>
# Run again, it changes what is there to what is said here. Every parameter is an option: --image-definition-name windows-11
set -euo pipefail
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Parameters, with their defaults; those without have to be given.
subscription_id=""          # Subscription; default: that of az account show.
resource_group=""           # Resource group that is there.
location=""                 # Region of everything that is made here; default: that of the group.
pipeline_principal_id=""    # Object ID of the service principal of the service connection that builds.
storage_account_name=""     # Storage account that hands artifacts over; its name is unique in all of Azure.
identity_name="id-image-builder"
build_vm_identity_name=""   # Identity of build VMs. Empty: none.
gallery_name="galimages"
image_definition_name="ubuntu-web"
os_type="Linux"             # Linux or Windows
image_publisher="contoso"
image_offer="images"
image_sku="ubuntu-web"
container_name="imagebuilder"
blob_retention_days="30"    # From 8 to 365.
virtual_network_name=""     # Virtual network for builds. Empty: none.
address_prefix="10.20.0.0/16"
build_subnet_prefix="10.20.1.0/24"
container_subnet_prefix="10.20.2.0/24"
managed_images="false"      # The identity may also make managed images in the group.
read_build_logs="true"      # The service connection may read logs of builds, and with them blobs of the whole subscription.
lifecycle_principal_id=""   # Object ID of the service principal that looks after images. Empty: none.
lifecycle_deletes="false"   # It may also delete image versions, templates and artifacts.
role_name_suffix=""         # Put behind the names of the custom roles, which are unique in a tenant.

parameters="subscription_id resource_group location pipeline_principal_id storage_account_name identity_name
  build_vm_identity_name gallery_name image_definition_name os_type image_publisher image_offer image_sku container_name
  blob_retention_days virtual_network_name address_prefix build_subnet_prefix container_subnet_prefix managed_images
  read_build_logs lifecycle_principal_id lifecycle_deletes role_name_suffix"

fail() {
  echo "setup.sh: $1" >&2
  exit 2
}

while [ $# -gt 0 ]; do
  name=${1#--}
  name=${name//-/_}
  case " $(echo $parameters) " in
    *" $name "*) ;;
    *) fail "there is no option $1" ;;
  esac
  [ $# -ge 2 ] || fail "$1 needs a value"
  printf -v "$name" '%s' "$2"
  shift 2
done
for name in resource_group pipeline_principal_id storage_account_name; do
  [ -n "${!name}" ] || fail "--${name//_/-} is missing"
done
for name in managed_images read_build_logs lifecycle_deletes; do
  case ${!name} in true | false) ;; *) fail "--${name//_/-} is true or false" ;; esac
done

[ -n "$subscription_id" ] || subscription_id=$(az account show --query id --output tsv)
subscription="/subscriptions/$subscription_id"
group="$subscription/resourceGroups/$resource_group"
in_group=(--subscription "$subscription_id" --resource-group "$resource_group" --output none)
[ -n "$location" ] || location=$(az group show --subscription "$subscription_id" --name "$resource_group" --query location --output tsv)

echo "Resource providers"
for namespace in Microsoft.VirtualMachineImages Microsoft.Compute Microsoft.Storage Microsoft.Network Microsoft.KeyVault \
  Microsoft.ContainerInstance Microsoft.ManagedIdentity Microsoft.PolicyInsights Microsoft.MarketplaceOrdering; do
  az provider register --subscription "$subscription_id" --namespace "$namespace" --wait --output none
done

echo "Identities"
# make_identity NAME: makes it, and prints its object ID.
make_identity() {
  az identity create "${in_group[@]}" --name "$1" --location "$location"
  az identity show --subscription "$subscription_id" --resource-group "$resource_group" --name "$1" --query principalId --output tsv
}
identity="$group/providers/Microsoft.ManagedIdentity/userAssignedIdentities/$identity_name"
identity_principal_id=$(make_identity "$identity_name")
if [ -n "$build_vm_identity_name" ]; then
  build_vm_identity="$group/providers/Microsoft.ManagedIdentity/userAssignedIdentities/$build_vm_identity_name"
  build_vm_principal_id=$(make_identity "$build_vm_identity_name")
fi

echo "Gallery"
gallery="$group/providers/Microsoft.Compute/galleries/$gallery_name"
az sig create "${in_group[@]}" --gallery-name "$gallery_name" --location "$location" --description "Images of pipelines"
az sig image-definition create "${in_group[@]}" --gallery-name "$gallery_name" --gallery-image-definition "$image_definition_name" \
  --location "$location" --os-type "$os_type" --os-state Generalized --hyper-v-generation V2 --architecture x64 \
  --publisher "$image_publisher" --offer "$image_offer" --sku "$image_sku" --features SecurityType=TrustedLaunchSupported

echo "Storage account"
account="$group/providers/Microsoft.Storage/storageAccounts/$storage_account_name"
container="$account/blobServices/default/containers/$container_name"
az storage account create "${in_group[@]}" --name "$storage_account_name" --location "$location" --kind StorageV2 --sku Standard_LRS \
  --allow-blob-public-access false --allow-shared-key-access false --min-tls-version TLS1_2 --https-only true
# defaultToOAuthAuthentication has no option in every version of az.
az resource update --ids "$account" --set properties.defaultToOAuthAuthentication=true --output none
az storage container-rm create "${in_group[@]}" --storage-account "$storage_account_name" --name "$container_name" --public-access off
az storage account management-policy create "${in_group[@]}" --account-name "$storage_account_name" --policy '{
  "rules": [{
    "name": "artifacts-of-builds", "enabled": true, "type": "Lifecycle",
    "definition": {
      "filters": { "blobTypes": ["blockBlob"], "prefixMatch": ["'"$container_name"'/v1/", "'"$container_name"'/incoming/"] },
      "actions": { "baseBlob": { "delete": { "daysAfterModificationGreaterThan": '"$blob_retention_days"' } } }
    }
  }]
}'

if [ -n "$virtual_network_name" ]; then
  echo "Network"
  network="$group/providers/Microsoft.Network/virtualNetworks/$virtual_network_name"
  # Subnets have no way out by default, and the service's containers leave theirs by a NAT gateway alone.
  az network public-ip create "${in_group[@]}" --name "pip-$virtual_network_name" --location "$location" --sku Standard \
    --allocation-method Static
  az network nat gateway create "${in_group[@]}" --name "nat-$virtual_network_name" --location "$location" \
    --public-ip-addresses "pip-$virtual_network_name"
  az network nsg create "${in_group[@]}" --name "nsg-$virtual_network_name-build" --location "$location"
  az network nsg rule create "${in_group[@]}" --nsg-name "nsg-$virtual_network_name-build" --name AzureImageBuilder \
    --priority 400 --direction Inbound --access Allow --protocol Tcp --source-address-prefixes AzureLoadBalancer \
    --source-port-ranges '*' --destination-address-prefixes VirtualNetwork --destination-port-ranges 60000-60001
  az network vnet create "${in_group[@]}" --name "$virtual_network_name" --location "$location" --address-prefixes "$address_prefix"
  az network vnet subnet create "${in_group[@]}" --vnet-name "$virtual_network_name" --name build \
    --address-prefixes "$build_subnet_prefix" --private-link-service-network-policies Disabled \
    --nat-gateway "nat-$virtual_network_name" --network-security-group "nsg-$virtual_network_name-build" \
    --service-endpoints Microsoft.Storage
  az network vnet subnet create "${in_group[@]}" --vnet-name "$virtual_network_name" --name containers \
    --address-prefixes "$container_subnet_prefix" --nat-gateway "nat-$virtual_network_name" \
    --service-endpoints Microsoft.Storage --delegations Microsoft.ContainerInstance/containerGroups
fi

echo "Roles"
for file in "$folder"/roles/*.json; do
  role=$(sed -e "s/{subscriptionId}/$subscription_id/" -e "s/^\(  \"Name\": \".*\)\",\$/\1$role_name_suffix\",/" "$file")
  name=$(printf '%s\n' "$role" | sed -n 's/^  "Name": "\(.*\)",$/\1/p')
  known=$(az role definition list --name "$name" --scope "$subscription" --query '[0].name' --output tsv)
  if [ -z "$known" ]; then verb=create; else verb=update; fi
  az role definition "$verb" --subscription "$subscription_id" --role-definition "$role" --output none
done

# assign ROLE PRINCIPAL SCOPE: ROLE is a file in roles. A role that was made just now may not be seen at once.
assign() {
  local name try
  name=$(sed -n 's/^  "Name": "\(.*\)",$/\1/p' "$folder/roles/$1.json")$role_name_suffix
  for try in 1 2 3 4 5 6; do
    if az role assignment create --role "$name" --assignee-object-id "$2" --assignee-principal-type ServicePrincipal \
      --scope "$3" --output none; then return 0; fi
    [ "$try" = 6 ] || sleep 20
  done
  fail "the role $name could not be assigned on $3"
}

echo "Role assignments"
assign identity-gallery "$identity_principal_id" "$gallery"
assign artifact-reader "$identity_principal_id" "$container"
if [ "$managed_images" = true ]; then assign identity-images "$identity_principal_id" "$group"; fi
if [ -n "$virtual_network_name" ]; then assign identity-network "$identity_principal_id" "$network"; fi
if [ -n "$build_vm_identity_name" ]; then
  assign identity-assign "$identity_principal_id" "$build_vm_identity"
  assign artifact-reader "$build_vm_principal_id" "$container"
fi
assign connection-subscription "$pipeline_principal_id" "$subscription"
assign connection-checks "$pipeline_principal_id" "$subscription"
if [ "$read_build_logs" = true ]; then assign connection-log "$pipeline_principal_id" "$subscription"; fi
assign connection-group "$pipeline_principal_id" "$group"
assign identity-assign "$pipeline_principal_id" "$identity"
assign connection-signing "$pipeline_principal_id" "$account"
assign connection-artifacts "$pipeline_principal_id" "$container"
assign connection-tags "$pipeline_principal_id" "$gallery"
if [ "$managed_images" = true ]; then assign connection-tags "$pipeline_principal_id" "$group"; fi
if [ -n "$lifecycle_principal_id" ]; then
  assign lifecycle-promote "$lifecycle_principal_id" "$gallery"
  if [ "$lifecycle_deletes" = true ]; then
    assign lifecycle-delete "$lifecycle_principal_id" "$gallery"
    assign lifecycle-uses "$lifecycle_principal_id" "$subscription"
    assign lifecycle-sweep "$lifecycle_principal_id" "$group"
    if [ "$lifecycle_principal_id" != "$pipeline_principal_id" ]; then
      assign connection-artifacts "$lifecycle_principal_id" "$container"
    fi
  fi
fi

echo
echo "managedIdentity: $identity"
echo "buildVmIdentities: ${build_vm_identity:-}"
echo "galleryImage: $gallery/images/$image_definition_name"
echo "storageAccount: $account"
echo "subnet: ${network:+$network/subnets/build}"
echo "containerInstanceSubnet: ${network:+$network/subnets/containers}"
