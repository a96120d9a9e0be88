import type { IDataObject } from 'n8n-workflow';

export function unwrap(body: IDataObject): IDataObject;
