import { ofPerson } from './of-person.ts'

/** Whether one's own second factor counts by now, as far as it was got here: its code goes with a new password then. */
export const hasFactor = ofPerson(false)
