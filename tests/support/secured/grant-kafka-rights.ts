/** What services/shared/kafka-rights.ts says, told to a broker: each identity is the user of that name. */
import kafkajs from 'kafkajs';
import type { Admin } from 'kafkajs';
import type { KafkaRight } from '../../../services/shared/kafka-rights.ts';

// Node does not find them among the module's own exports.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

const RESOURCES: Readonly<Record<KafkaRight['resource'], number>> = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  transactionalId: AclResourceTypes.TRANSACTIONAL_ID,
};
const OPERATIONS: Readonly<Record<KafkaRight['operations'][number], number>> = {
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Create: AclOperationTypes.CREATE,
  Delete: AclOperationTypes.DELETE,
  Describe: AclOperationTypes.DESCRIBE,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
};

export async function grantKafkaRights(
  admin: Admin,
  rights: Readonly<Record<string, readonly KafkaRight[]>>,
): Promise<void> {
  const acl = Object.entries(rights).flatMap(([name, those]) =>
    those.flatMap((right) =>
      right.operations.map((operation) => ({
        resourceType: RESOURCES[right.resource],
        resourceName: right.name,
        resourcePatternType: right.prefixed ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
        principal: `User:${name}`,
        host: '*',
        operation: OPERATIONS[operation],
        permissionType: AclPermissionTypes.ALLOW,
      })),
    ),
  );
  await admin.createAcls({ acl });
}
