//! The Redis Cluster of three, shared and own.

use redis::AsyncCommands;
use testbed::Error;

async fn connect(urls: &[String]) -> redis::cluster_async::ClusterConnection {
    let client = redis::cluster::ClusterClient::new(urls.to_vec()).unwrap();
    client.get_async_connection().await.unwrap()
}

#[tokio::test]
async fn three_nodes_share_the_slots() -> Result<(), Error> {
    let cluster = testbed::redis_cluster().await?;
    assert_eq!(cluster.urls().len(), 3);
    let mut connection = connect(cluster.urls()).await;
    for n in 0..100 {
        let key = format!("{}{n}", cluster.prefix());
        connection.set::<_, _, ()>(&key, n).await.unwrap();
        assert_eq!(connection.get::<_, i32>(&key).await.unwrap(), n);
    }
    Ok(())
}

#[tokio::test]
async fn a_killed_node_takes_its_slots_along_and_brings_them_back() -> Result<(), Error> {
    let mut cluster = testbed::redis_cluster().own().await?;
    let mut connection = connect(cluster.urls()).await;
    // Slots 7638, 6257 and 12325: the first two nodes' and the third's.
    for (key, value) in [("b", 1), ("foo2", 2), ("k1", 3)] {
        connection.set::<_, _, ()>(key, value).await.unwrap();
    }
    cluster.kill(0).await?;
    let url = &cluster.urls()[2];
    let mut third = redis::Client::open(url.as_str())
        .unwrap()
        .get_multiplexed_async_connection()
        .await
        .unwrap();
    assert_eq!(
        third.get::<_, i32>("k1").await.unwrap(),
        3,
        "the third node serves on"
    );
    cluster.restart(0).await?;
    let mut connection = connect(cluster.urls()).await;
    for (key, value) in [("b", 1), ("foo2", 2), ("k1", 3)] {
        assert_eq!(
            connection.get::<_, Option<i32>>(key).await.unwrap(),
            Some(value),
            "{key}"
        );
    }
    Ok(())
}
