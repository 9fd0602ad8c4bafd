/** Who is on call by turns: one person, for a week each. */
const rotation = {
  name: 'all',
  participants: ['ana'],
  shiftDays: 7,
  handOver: { time: '09:00' },
  startsOn: '2026-01-05',
}

/** The schedules of a policy in which ana is on call by rotation at any time. */
export const anaOnCall = (timeZone = 'Europe/Berlin') => ({
  primary: { timeZone, rotations: [rotation] },
})
