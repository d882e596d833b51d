// What is seen only after a click, in one file that is fetched after the first decision.
export { PlanTab } from './plan-tab.tsx';
export { CurlDialog, RecordedDialog } from './request-sources.tsx';
export { ShipTab } from './ship-tab.tsx';
export { StreamTab } from './stream-tab.tsx';
export { TestsTab } from './tests-tab.tsx';
export { TimelineTab } from './timeline-tab.tsx';
export { WhyTab } from './why-tab.tsx';
