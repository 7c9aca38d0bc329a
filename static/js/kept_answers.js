// Answers that this browser keeps until the camp has them: of each attempt one for each path that takes it.
//
//   await readKept(attempt, path)             { body, over, page } or null
//   await writeKept(attempt, path, answer)    true once it is on the disk, where a browser that is killed finds it again;
//                                             with null it is forgotten
//   await changeKept(attempt, path, change)   `change(answer)` gives the other one, null to forget, undefined to leave it:
//                                             one step, whatever other tabs do meanwhile
//   await pathsKept(attempt)
//
// A browser that keeps nothing finds nothing and says false: the camp's own saving is all there is.

const STORE = "answers";

const opened = new Promise((resolve) => {
  const request = indexedDB.open("camp", 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => resolve(null);
}).catch(() => null); // where storage is blocked, asking for it is an error already

// What `ask` wanted of the store, when all of it has been done; `instead` where it cannot be.
async function within(mode, ask, instead) {
  const database = await opened;
  if (!database) return instead;
  return new Promise((resolve) => {
    const transaction = database.transaction(STORE, mode, { durability: "strict" });
    const request = ask(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => resolve(instead);
  }).catch(() => instead); // the browser has closed it, as when its data are cleared
}

export async function readKept(attempt, path) {
  return (await within("readonly", (store) => store.get([attempt, path]), null)) ?? null;
}

export async function writeKept(attempt, path, answer) {
  const written = await within("readwrite", (store) => {
    const request = put(store, [attempt, path], answer);
    store.transaction.commit(); // a page that is left now has asked for all of it
    return request;
  }, false);
  return written !== false;
}

export async function changeKept(attempt, path, change) {
  await within("readwrite", (store) => {
    const request = store.get([attempt, path]);
    request.onsuccess = () => {
      const answer = change(request.result ?? null);
      if (answer !== undefined) put(store, [attempt, path], answer);
    };
    return request;
  });
}

export async function pathsKept(attempt) {
  const keys = await within("readonly", (store) => store.getAllKeys(IDBKeyRange.bound([attempt], [attempt, []])), []);
  return keys.map(([, path]) => path);
}

function put(store, key, answer) {
  return answer ? store.put(answer, key) : store.delete(key);
}
