/** `<tenant>/0`: one process needs no more than one partition per tenant. */
export const partitionOf = (tenant: string): string => `${tenant}/0`
export const tenantOf = (partition: string): string => partition.slice(0, partition.lastIndexOf('/'))
