//! Tells the gates what it has found when the search is over (`learn`, from the answer): right for one request, and the last
//! unit is the moment when there are hundreds. The simulation of the whole sale counts what that costs.
// ANCHOR: stage3_spill
let home = segments::home(buyer, self.sale.buckets());
let mut empty = Vec::new();
if let Some(epoch) = home_epoch {
    empty.push((home, epoch));
}
for bucket in segments::spill_order(buyer, self.sale.buckets()) {
    if home_epoch.is_some() && !gates.of(bucket).is_open() {
        continue;
    }
    match self.take(bucket, claim.order, buyer, home).await? {
        Take::SoldOut(epoch) => empty.push((bucket, epoch)),
        Take::Cold => return Ok(Reserve::Cold),
        Take::Taken => {
            return match self.settle(home, buyer, claim.order, bucket).await? {
                Settle::Held(claim) => Ok(reserved(buyer, claim, bucket)),
                Settle::Extra(claim) => {
                    self.release(bucket, claim.order).await?;
                    let ClaimState::Held(unit) = claim.state else {
                        return Ok(Reserve::Crossed);
                    };
                    Ok(reserved(buyer, claim, unit))
                }
                Settle::Gone => {
                    self.release(bucket, claim.order).await?;
                    Ok(Reserve::Crossed)
                }
            };
        }
    }
}
match self.drop_claim(home, buyer, claim.order).await? {
    Some(claim) => match claim.state {
        ClaimState::Held(unit) => Ok(reserved(buyer, claim, unit)),
        ClaimState::Seeking => Ok(Reserve::Crossed),
    },
    None => Ok(Reserve::SoldOut(empty)),
}
// ANCHOR_END: stage3_spill
