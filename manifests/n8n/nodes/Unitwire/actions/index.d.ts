import type { Group } from '../lib/form';

declare const groups: Group[];

export = groups;
