export function isGenuine(header: unknown, body: string, secret: string, nowS?: number): boolean;
