import { hash } from 'node:crypto';

// Whatever comes from outside is hashed before it is put into a predicate: no text needs quoting there.
const keyOf = (text: string): string => hash('sha256', text, 'base64url');

/** How the durable store names a namespace. */
export const namespaceKey = (namespace: string): string => keyOf(`n\0${namespace}`);
export const rowKey = (namespace: string, id: string): string => keyOf(`r\0${namespace}\0${id}`);
export const tenantKey = (tenant: string): string => keyOf(`t\0${tenant}`);
export const tagKey = (tag: string): string => keyOf(`g\0${tag}`);
