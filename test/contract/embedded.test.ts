import { openEmbedded } from './embedded-harness.ts'
import { storeContract } from './store-contract.ts'
import { storeModel } from './store-model.ts'

storeContract('embedded', openEmbedded)
storeModel('embedded', openEmbedded, 100)
