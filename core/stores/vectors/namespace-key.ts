import { createHash } from 'node:crypto';

// Whatever comes from outside is hashed before it is put into a predicate: no text needs quoting there.
const hash = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** How the durable store names a namespace. */
export const namespaceKey = (namespace: string): string => hash(`n\0${namespace}`);
export const rowKey = (namespace: string, id: string): string => hash(`r\0${namespace}\0${id}`);
export const tenantKey = (tenant: string): string => hash(`t\0${tenant}`);
export const tagKey = (tag: string): string => hash(`g\0${tag}`);
