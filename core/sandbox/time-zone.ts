/**
 * The engine asks this thread's `Date` for the local time zone. A decision must not depend on where the gateway
 * runs, so local time is UTC in here.
 */
export function pinTimeZone(): void {
  const proto = Date.prototype;
  proto.getTimezoneOffset = () => 0;
  proto.getFullYear = proto.getUTCFullYear;
  proto.getMonth = proto.getUTCMonth;
  proto.getDate = proto.getUTCDate;
  proto.getDay = proto.getUTCDay;
  proto.getHours = proto.getUTCHours;
  proto.getMinutes = proto.getUTCMinutes;
  proto.getSeconds = proto.getUTCSeconds;
}
