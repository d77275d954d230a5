//! A class for every shape there is. An application that writes values into names, or a list that is not folded, makes one for each statement, and the
//! digest is as large as the log.
// ANCHOR: stage2_insert
let place = self.classes.len();
self.classes.push(class);
self.hashes.push(hash);
let hashes = &self.hashes;
self.places
    .insert_unique(hash, place, |place| hashes[*place]);
&mut self.classes[place]
// ANCHOR_END: stage2_insert
