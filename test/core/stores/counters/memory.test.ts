import t from 'tap';
import { memoryBench } from './bench.ts';
import { conformance } from './conformance.ts';
import { properties } from './properties.ts';

t.jobs = 1;
conformance(t, memoryBench);
properties(t, memoryBench, 1000);
